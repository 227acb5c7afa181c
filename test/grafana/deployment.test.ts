import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { parseConfig } from '../../src/config/config.ts';
import { startService } from '../http/service.ts';
import { aToken } from '../http/tokens.ts';
import { missing } from '../reporter/tools.ts';
import { RunningServer } from './running-server.ts';
import { readShipped, shippedYaml } from './shipped.ts';

const compose = z
  .object({
    services: z.record(
      z.string(),
      z.object({
        image: z.string().optional(),
        command: z.array(z.string()).optional(),
        ports: z.array(z.string()).default([]),
        volumes: z.array(z.string()).default([]),
        environment: z.record(z.string(), z.string()).optional(),
        profiles: z.array(z.string()).default([]),
        secrets: z.array(z.string()).default([]),
      }),
    ),
    secrets: z.record(z.string(), z.object({ file: z.string() })),
    volumes: z.record(z.string(), z.null()),
  })
  .parse(shippedYaml('compose.yaml'));

const dockerfile = readShipped('Dockerfile');
const stages = dockerfile.split(/^(?=FROM )/m).slice(1);
const shipped = stages.at(-1) ?? '';

/** The commands of the program, from the source that declares them. */
const commands = ['src/cli/serve.ts', 'src/demo/demo-command.ts']
  .flatMap((path) => [...readShipped(path).matchAll(/(?:\.command|new Command)\('([a-z]+)'/g)])
  .map(([, name]) => name);

const service = (name: string) => {
  const found = compose.services[name];
  if (found === undefined) throw new Error(`There is no service ${name}.`);
  return found;
};

describe('compose.yaml', () => {
  const mounts = Object.values(compose.services).flatMap(({ volumes }) => volumes);

  test.each(mounts.filter((mount) => mount.startsWith('./')))('%s exists, and is read-only', (mount) => {
    const [path = '', , mode] = mount.split(':');
    expect(existsSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)))).toBe(true);
    expect(mode).toBe('ro');
  });

  test('every named volume is declared', () => {
    const named = mounts.filter((mount) => !mount.startsWith('./')).map((mount) => mount.split(':')[0]);
    expect(new Set(named)).toEqual(new Set(Object.keys(compose.volumes)));
  });

  test.skipIf(missing(['check-jsonschema']))('is what Compose takes', () => {
    const path = fileURLToPath(new URL('../../compose.yaml', import.meta.url));
    execFileSync('check-jsonschema', ['--builtin-schema', 'vendor.compose-spec', path], { stdio: 'pipe' });
  });

  test('PostgreSQL and the server on it start only if they are asked for', () => {
    const asked = Object.entries(compose.services).filter(([, { profiles }]) =>
      profiles.includes('postgres'),
    );
    expect(asked.map(([name]) => name)).toEqual(['gitops-status-postgres', 'postgres']);
    const others = Object.entries(compose.services).filter(([, { profiles }]) => profiles.length === 0);
    expect(others.map(([name]) => name)).toEqual(['gitops-status', 'grafana', 'prometheus']);
  });

  test('secrets are files, which the docs make, and each service has those that it names', () => {
    const docs = readShipped('docs/postgres.md');
    for (const { file } of Object.values(compose.secrets)) expect(docs).toContain(`> ${file.slice(2)}\n`);
    for (const { environment = {}, secrets } of Object.values(compose.services)) {
      const named = Object.entries(environment).filter(([name]) => name.endsWith('_FILE'));
      expect(named.map(([, path]) => path)).toEqual(secrets.map((name) => `/run/secrets/${name}`));
      for (const name of secrets) expect(compose.secrets).toHaveProperty(name);
    }
  });

  test('every port is on loopback', () => {
    const ports = Object.values(compose.services).flatMap((one) => one.ports);
    expect(ports).toHaveLength(4);
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  });

  test('both modes are commands of the program', () => {
    expect(service('gitops-status').command).toEqual(['${GITOPS_MODE:-demo}']);
    expect(commands).toEqual(expect.arrayContaining(['serve', 'demo']));
  });

  test('images are pinned, and the plugin runs in that Grafana', () => {
    for (const { image } of Object.values(compose.services)) {
      if (image !== undefined) expect(image).toMatch(/:v?\d+\.\d+(?:\.\d+)?$/);
    }
    const [, major, minor] = /:(\d+)\.(\d+)/.exec(service('grafana').image ?? '') ?? [];
    expect(Number(major) * 100 + Number(minor)).toBeGreaterThanOrEqual(1106);
    const installing = service('grafana').environment ?? {};
    // Since 12.1, Grafana waits for plugins that it installs before it provisions.
    expect(Number(major) * 100 + Number(minor)).toBeGreaterThanOrEqual(1201);
    expect(installing.GF_PLUGINS_PREINSTALL_SYNC).toMatch(/^yesoreyeram-infinity-datasource@3\.11\.\d+$/);
    expect(installing).not.toHaveProperty('GF_INSTALL_PLUGINS');
  });

  test('the docs install the plugin in the way of each Grafana that they name', () => {
    const docs = readShipped('docs/grafana.md').replace(/\s+/g, ' ');
    const sync = service('grafana').environment?.GF_PLUGINS_PREINSTALL_SYNC ?? '';
    expect(docs).toContain(`Grafana 12.1 and newer: \`GF_PLUGINS_PREINSTALL_SYNC=${sync}\``);
    expect(docs).toContain(`Grafana before 12.1: \`GF_INSTALL_PLUGINS=${sync.replace('@', ' ')}\``);
  });

  test('a visitor without a login may look, and only look', () => {
    expect(service('grafana').environment).toMatchObject({
      GF_AUTH_ANONYMOUS_ENABLED: 'true',
      GF_AUTH_ANONYMOUS_ORG_ROLE: 'Viewer',
    });
  });
});

describe('the provisioned datasource', () => {
  const source = z
    .object({
      datasources: z.tuple([
        z.object({
          uid: z.literal('gitops-status'),
          type: z.literal('yesoreyeram-infinity-datasource'),
          url: z.url(),
          jsonData: z.object({
            auth_method: z.literal('bearerToken'),
            allowedHosts: z.array(z.url()),
            customHealthCheckEnabled: z.literal(true),
            customHealthCheckUrl: z.string(),
          }),
          secureJsonData: z.object({ bearerToken: z.string() }),
        }),
      ]),
    })
    .parse(shippedYaml('grafana/provisioning/datasources/gitops-status.yaml')).datasources[0];

  test('asks the service of compose.yaml, on the port that it serves', () => {
    const { hostname, port, pathname } = new URL(source.url);
    expect(Object.keys(compose.services)).toContain(hostname);
    expect(service(hostname).ports).toEqual([expect.stringMatching(new RegExp(`:${port}$`))]);
    expect(source.url.endsWith('/')).toBe(false);
    expect(pathname).toBe('/');
    expect(source.jsonData.allowedHosts).toEqual([source.url]);
  });

  test('is not the default datasource', () => {
    for (const file of ['provisioning/datasources/gitops-status.yaml', 'compose/prometheus.yaml']) {
      expect(readShipped(`grafana/${file}`)).not.toContain('isDefault');
    }
  });

  test('has a health check that is green with a token that may read, and red with any other', async () => {
    const reader = aToken({ scopes: ['read'] });
    const reporter = aToken({ scopes: ['report'] });
    const at = startService();
    at.service.tokens.declare([reader.token, reporter.token]);
    const path = source.jsonData.customHealthCheckUrl;
    const statuses = [reader, reporter, aToken()].map(
      async ({ bearer }) => (await at.get(path, bearer)).status,
    );
    expect(await Promise.all(statuses)).toEqual([200, 403, 401]);
    // An empty answer must be red, too.
    expect(await (await at.get(path, reader.bearer)).text()).toBe('[]');
    expect((await at.get('/healthz', reporter.bearer)).status).toBe(200);
  });

  test('has a token from the environment, and compose.yaml always sets one there', () => {
    const [, variable = ''] = /^\$([A-Z_]+)$/.exec(source.secureJsonData.bearerToken) ?? [];
    expect(service('grafana').environment?.[variable]).toMatch(/^\$\{\w+:-.+\}$/);
  });
});

test('compose.yaml gives Grafana the Prometheus that it starts; the files to copy have none', () => {
  const [mount] = service('grafana').volumes.filter((one) => one.includes('prometheus.yaml'));
  expect(mount).toBe(
    './grafana/compose/prometheus.yaml:/etc/grafana/provisioning/datasources/prometheus.yaml:ro',
  );
  const { datasources } = z
    .object({ datasources: z.tuple([z.object({ type: z.literal('prometheus'), url: z.url() })]) })
    .parse(shippedYaml('grafana/compose/prometheus.yaml'));
  const { hostname, port } = new URL(datasources[0].url);
  expect(service(hostname).ports).toEqual([expect.stringMatching(new RegExp(`:${port}$`))]);
  expect(
    readdirSync(fileURLToPath(new URL('../../grafana/provisioning/datasources', import.meta.url))),
  ).toEqual(['gitops-status.yaml']);
});

test('Prometheus finds its settings, and scrapes the service of compose.yaml', () => {
  expect(service('prometheus').volumes).toContain('./grafana/prometheus:/etc/prometheus:ro');
  const { scrape_configs } = z
    .object({
      scrape_configs: z.array(
        z.object({ static_configs: z.array(z.object({ targets: z.array(z.string()) })) }),
      ),
    })
    .parse(shippedYaml('grafana/prometheus/prometheus.yml'));
  const targets = scrape_configs.flatMap(({ static_configs }) =>
    static_configs.flatMap((one) => one.targets),
  );
  expect(targets).toEqual(['gitops-status:8080']);
});

test('dashboards are read from the folder that compose.yaml mounts, and one of them is the home page', () => {
  const { providers } = z
    .object({
      providers: z.tuple([z.object({ type: z.literal('file'), options: z.object({ path: z.string() }) })]),
    })
    .parse(shippedYaml('grafana/provisioning/dashboards/gitops-status.yaml'));
  const { path } = providers[0].options;
  expect(service('grafana').volumes).toContain(`./grafana/dashboards:${path}:ro`);
  expect(service('grafana').environment?.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH).toBe(
    `${path}/gitops-drift.json`,
  );
});

describe('the image', () => {
  test('has the Node of development, is built whole and shipped slim', () => {
    const version = readShipped('.nvmrc').trim();
    const bases = stages.map((stage) => /^FROM (\S+)/.exec(stage)?.[1]);
    expect(bases).toEqual([`node:${version}-bookworm`, `node:${version}-bookworm-slim`]);
  });

  test('does not run as root, and stores everything in one volume that it may write to', () => {
    expect(shipped).toMatch(/^USER node$/m);
    // Of group 0: OpenShift starts a container with any user id, and that group.
    expect(shipped).toMatch(/^RUN install -d -o node -g 0 -m 0770 \/data$/m);
    expect(shipped.match(/^VOLUME .*$/gm)).toEqual(['VOLUME /data']);
    expect(shipped).toContain('DATABASE_URL=sqlite:/data/');
    expect(service('gitops-status').volumes).toEqual(['gitops-status:/data']);
  });

  test("sets defaults and no settings, so that a user's value or file wins", () => {
    const [, words = ''] = /^ENV ((?:.*\\\n)*.*)$/m.exec(shipped) ?? [];
    const env = Object.fromEntries(words.split(/[\s\\]+/).map((word) => word.split('=')));
    expect(parseConfig(env, () => '')).toMatchObject({
      host: '0.0.0.0',
      databasePath: '/data/gitops-status.db',
    });
    const mine = { ...env, HOST_FILE: '/host', DATABASE_URL_FILE: '/url', PORT_FILE: '/port' };
    const files: Record<string, string> = { '/host': '::', '/url': 'sqlite:/mine.db', '/port': '9' };
    expect(parseConfig(mine, (path) => files[path] ?? '')).toMatchObject({
      host: '::',
      databasePath: '/mine.db',
      port: 9,
    });
  });

  test('runs a command of the program', () => {
    const [command] = JSON.parse(/^CMD (.*)$/m.exec(shipped)?.[1] ?? '[]');
    expect(commands).toContain(command);
  });

  test('has a health check that succeeds while the server serves, and fails once it does not', async () => {
    const [program, flag, script] = JSON.parse(/^ {2}CMD (.*)$/m.exec(shipped)?.[1] ?? '[]');
    expect([program, flag]).toEqual(['node', '-e']);
    const server = await RunningServer.start();
    const { port } = new URL(server.url);
    const check = (env: object = { PORT: port }) =>
      promisify(execFile)(program, [flag, script], { env: { PATH: process.env.PATH, ...env } });
    await expect(check()).resolves.toEqual({ stdout: '', stderr: '' });
    const file = join(mkdtempSync(join(tmpdir(), 'gitops-status-image-')), 'port');
    writeFileSync(file, `${port}\n`);
    await expect(check({ PORT_FILE: file })).resolves.toEqual({ stdout: '', stderr: '' });
    rmSync(dirname(file), { recursive: true });
    await server.stop();
    await expect(check()).rejects.toMatchObject({ code: 1 });
  });

  test('gets the files that it copies, and nothing else', () => {
    const allowed = readShipped('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, paths = '']) =>
      paths.split(' '),
    );
    expect(new Set(copied)).toEqual(new Set(allowed));
    for (const path of copied)
      expect(existsSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)))).toBe(true);
  });
});

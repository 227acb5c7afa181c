import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { ServerProcess } from '../e2e/server-process.ts';
import { EXAMPLE, runReporter } from './reporter.ts';
import { Scratch } from './scratch.ts';
import { CHECK_TOOLS, missing } from './tools.ts';

const textOf = (name: string) => readFileSync(join(EXAMPLE, name), 'utf8');

function blocks(name: string, language: string): readonly string[] {
  const found = textOf(name).matchAll(new RegExp(`^ *\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'gm'));
  return [...found].map(([, text = '']) => text);
}

let scratch: Scratch;
beforeEach(() => {
  scratch = new Scratch();
});
afterEach(() => scratch.remove());

describe.each(['README.md', 'GITOPS_STATUS_INTEGRATION.md'])('the JSON in %s', (name) => {
  it('shows SYNCED, OUT_OF_SYNC and UNKNOWN, and the server accepts each unchanged', async () => {
    const examples = blocks(name, 'json');
    expect(examples.map((text) => JSON.parse(text).sync_status)).toEqual([
      'SYNCED',
      'OUT_OF_SYNC',
      'UNKNOWN',
    ]);
    const server = await ServerProcess.start(join(scratch.root, 'status.db'));
    onTestFinished(async () => void (await server.stop()));
    for (const body of examples) {
      const headers = { 'Content-Type': 'application/json' };
      const answer = await fetch(`${server.url}/api/v1/reports`, { method: 'POST', headers, body });
      expect({ status: answer.status, said: await answer.json() }).toMatchObject({ status: 201 });
    }
  });
});

describe('the README', () => {
  const text = textOf('README.md');

  it('lists everything in the repo, and nothing else', () => {
    const structure = /## Repository structure\n\n```\n([\s\S]*?)```/.exec(text)?.[1] ?? '';
    const named = [...structure.matchAll(/(?:──|^[│ ]+[├└]──) (\S+)/gm)].map(([, path = '']) => path);
    for (const entry of readdirSync(EXAMPLE)) {
      expect(
        named.some((path) => path.split('/')[0] === entry),
        entry,
      ).toBe(true);
    }
    for (const path of named.filter((one) => one !== 'scripts/')) {
      const places = ['', 'ansible', 'files'];
      expect(
        places.some((place) => existsSync(join(EXAMPLE, place, path))),
        path,
      ).toBe(true);
    }
  });

  it('names every step of the pipeline', () => {
    for (const [, name] of textOf('.woodpecker.yml').matchAll(/^ {2}- name: (\S+)/gm)) {
      expect(text).toContain(`\n| \`${name}\` |`);
    }
  });

  it('names every variable of the pipeline and of the script', () => {
    const scripts = textOf('.woodpecker.yml') + textOf('update-gitops-status.sh');
    const variables =
      scripts.match(/\b(?:GITOPS_STATUS_[A-Z_]+|[A-Z]+_(?:NAME|INTERVAL|BRANCH|ROOT|PREFIX))\b/g) ?? [];
    for (const variable of new Set(variables.filter((one) => !one.startsWith('CI_')))) {
      expect(text).toContain(`\n| \`${variable}\` |`);
    }
  });
});

describe('the guide', () => {
  it.skipIf(missing(['ssh-keygen']))(
    'puts key and known_hosts where SSH looks, readable only by the user',
    () => {
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(scratch.root, 'key')]);
      const script = blocks('SETUP.md', 'sh').find((text) => text.includes('id_ed25519')) ?? '';
      // As a secret arrives: without the last line break.
      const SSH_PRIVATE_KEY = readFileSync(join(scratch.root, 'key'), 'utf8').trimEnd();
      const env = {
        PATH: process.env.PATH,
        HOME: scratch.home,
        SSH_PRIVATE_KEY,
        SSH_KNOWN_HOSTS: 'lab ssh-ed25519 AAAA',
      };
      expect(spawnSync('sh', ['-e', '-c', script], { env }).status).toBe(0);
      const key = join(scratch.home, '.ssh/id_ed25519');
      expect(statSync(key).mode & 0o777).toBe(0o600);
      const readable = execFileSync('ssh-keygen', ['-y', '-f', key], { encoding: 'utf8' });
      expect(readFileSync(join(scratch.root, 'key.pub'), 'utf8')).toContain(readable.split(' ')[1]);
      expect(readFileSync(join(scratch.home, '.ssh/known_hosts'), 'utf8')).toBe('lab ssh-ed25519 AAAA\n');
    },
  );

  it.skipIf(missing([...CHECK_TOOLS, 'openssl']))(
    'names a private CA with SSL_CERT_FILE, relative to the root',
    async () => {
      const { key, cert } = certificate();
      const server = createServer({ key, cert }, (request, response) => {
        request.resume().on('end', () => response.writeHead(201).end('[]'));
      });
      let heard = 0;
      server.on('request', () => heard++);
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      execFileSync('cp', ['-r', `${EXAMPLE}/.`, scratch.repo]);
      scratch.write('repo/ca.pem', cert);
      const { port } = server.address() as AddressInfo;
      const report = (env: Record<string, string>) =>
        runReporter(scratch, {
          command: join(scratch.repo, 'update-gitops-status.sh'),
          cwd: scratch.root,
          env: {
            DEPLOY_ROOT: scratch.root,
            GITOPS_STATUS_REPORTER: join(EXAMPLE, '../../update-gitops-status.sh'),
            GITOPS_STATUS_SERVER_URL: `https://127.0.0.1:${port}`,
            GITOPS_STATUS_SPOOL: 'off',
            ...env,
          },
        });
      await report({});
      expect(heard).toBe(0);
      await report({ SSL_CERT_FILE: 'ca.pem' });
      expect(heard).toBeGreaterThan(0);
      server.close();
    },
  );
});

function certificate(): { readonly key: string; readonly cert: string } {
  const [key, cert] = [join(scratch.root, 'tls.key'), join(scratch.root, 'tls.crt')];
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      '-subj',
      '/CN=ca',
      '-addext',
      'subjectAltName=IP:127.0.0.1',
      '-keyout',
      key,
      '-out',
      cert,
    ],
    { stdio: 'ignore' },
  );
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
}

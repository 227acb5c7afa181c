import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { parseConfig } from '../../src/config/config.ts';
import { startService } from '../http/service.ts';

const FOLDER = fileURLToPath(new URL('../../docs/kubernetes', import.meta.url));
const FILES = readdirSync(FOLDER);
const MANIFESTS = FILES.filter((name) => name !== 'kustomization.yaml');

const textOf = (name: string) => readFileSync(join(FOLDER, name), 'utf8');
const yamlOf = (name: string): unknown => parse(textOf(name));

const labels = z.record(z.string(), z.string());
const probe = z.object({ httpGet: z.object({ path: z.string(), port: z.string() }) });
const container = z.object({
  args: z.array(z.string()),
  ports: z.array(z.object({ name: z.string(), containerPort: z.number() })),
  env: z.array(z.object({ name: z.string(), value: z.string() })),
  startupProbe: probe,
  livenessProbe: probe,
  readinessProbe: probe,
});
const deployment = z
  .object({
    spec: z.object({
      replicas: z.number(),
      selector: z.object({ matchLabels: labels }),
      strategy: z.object({ rollingUpdate: z.object({ maxUnavailable: z.number() }) }),
      template: z.object({
        metadata: z.object({ labels }),
        spec: z.object({ terminationGracePeriodSeconds: z.number(), containers: z.tuple([container]) }),
      }),
    }),
  })
  .parse(yamlOf('deployment.yaml'));
const { template } = deployment.spec;
const [node] = template.spec.containers;
const config = parseConfig(
  Object.fromEntries(node.env.map(({ name, value }) => [name, value])),
  () => 'postgres://runtime:secret@database/gitops_status',
);

/** True where it is missing; says so, so that nobody takes a skipped test for a passed one. */
function missing(tool: string, ...args: string[]): boolean {
  const isMissing = spawnSync(tool, args).status !== 0;
  if (isMissing) console.warn(`skipped: not installed here: ${tool}`);
  return isMissing;
}

describe.skipIf(missing('kubernetes-validate', '--help'))('the schemas of Kubernetes', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'kubernetes-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const validate = (...paths: string[]) => {
    const { status, stdout, stderr } = spawnSync('kubernetes-validate', ['--strict', ...paths], {
      encoding: 'utf8',
    });
    return { status, said: stdout + stderr };
  };

  test('accept every manifest, and none with a word that they do not know', () => {
    const { status, said } = validate(...MANIFESTS.map((name) => join(FOLDER, name)));
    expect(status, said).toBe(0);
    const broken = MANIFESTS.map((name) => {
      const path = join(folder, name);
      writeFileSync(path, textOf(name).replace(/^spec:$/m, 'spec:\n  unheardOf: 1'));
      return path;
    });
    for (const path of broken) expect(validate(path).status, path).not.toBe(0);
  });
});

// At full length only: it has to be built.
if (!missing('kube-score', 'version')) {
  test('kube-score finds nothing to say, but that an image of one version may be kept', () => {
    const paths = MANIFESTS.map((name) => join(FOLDER, name));
    const options = ['--ignore-test', 'container-image-pull-policy', '--exit-one-on-warning'];
    const { status, stdout } = spawnSync('kube-score', ['score', ...options, ...paths], { encoding: 'utf8' });
    expect(status, stdout).toBe(0);
  });
}

test('everything in the folder is applied together', () => {
  const { resources } = z.object({ resources: z.array(z.string()) }).parse(yamlOf('kustomization.yaml'));
  expect(new Set(resources)).toEqual(new Set(MANIFESTS));
});

test('what selects the nodes selects these', () => {
  const selector = z.union([
    labels,
    z.object({ matchLabels: labels }).transform(({ matchLabels }) => matchLabels),
  ]);
  const selecting = z.object({ spec: z.object({ selector, podSelector: selector }).partial() });
  const selected = ['deployment.yaml', 'service.yaml', 'disruption-budget.yaml', 'network-policy.yaml'].map(
    (name) => {
      const { spec } = selecting.parse(yamlOf(name));
      return spec.selector ?? spec.podSelector;
    },
  );
  expect(template.metadata.labels).toMatchObject(selected[0] ?? {});
  for (const one of selected) expect(one).toEqual(selected[0]);
});

test('probes ask for what the server answers, on the port that it listens on', async () => {
  const { get } = startService();
  for (const { httpGet } of [node.startupProbe, node.livenessProbe, node.readinessProbe]) {
    expect([httpGet.path, (await get(httpGet.path)).status]).toEqual([httpGet.path, 200]);
    expect(node.ports.find(({ name }) => name === httpGet.port)?.containerPort).toBe(config.port);
  }
  // A database that is away must not make Kubernetes kill the nodes.
  expect(node.livenessProbe.httpGet.path).not.toBe('/readyz');
  expect(node.readinessProbe.httpGet.path).toBe('/readyz');
});

test('a node has as long to stop as it takes, and there are always as many as before', () => {
  const delayS = config.shutdownDelayMs / 1000;
  expect(delayS).toBeGreaterThan(0);
  // It may take 15 seconds under load: docs/settings.md.
  expect(template.spec.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(delayS + 15);
  expect(deployment.spec.strategy.rollingUpdate.maxUnavailable).toBe(0);
  expect(deployment.spec.replicas).toBeGreaterThanOrEqual(3);
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Frame } from './frame.ts';
import type { AlertRule } from './infinity-model.ts';
import { runQuery } from './plugin.ts';
import { demoFleet, RunningServer } from './running-server.ts';
import { shippedDashboard, shippedRules } from './shipped.ts';
import { Viewer } from './viewer.ts';

const RULES = shippedRules();
const named = RULES.map((rule) => [rule.title, rule] as const);

/** Rules are run by Grafana's backend: no browser fills anything in. */
const ask = (server: RunningServer, { data: [{ model }] }: AlertRule) =>
  runQuery(model, { baseUrl: server.url, range: new Viewer('', {}).range });

/** The targets that a rule fires for: one number per row, its strings are the labels. */
function firing({ fields }: Frame, { data: [, { model }] }: AlertRule): string[] {
  const limit = model.conditions[0].evaluator.params[0];
  const numbers = fields.find(({ type }) => type === 'number')?.values ?? [];
  const servers = fields.find(({ name }) => name === 'server')?.values ?? [];
  return servers.filter((_, i) => Number(numbers[i]) > limit).map(String);
}

describe('over a demo fleet', () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await RunningServer.start(demoFleet(20, 3));
  });
  afterAll(() => server.stop());

  test.each(named)('%s: a number per target, told apart by its labels', async (_, rule) => {
    const { fields, lost } = await ask(server, rule);
    expect(lost).toEqual([]);
    expect(fields.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'repo string',
      'server string',
      'value number',
    ]);
    const [repos, servers, values] = fields.map((field) => field.values);
    expect(values).not.toContain(null);
    expect(new Set(repos?.map((repo, i) => `${repo} ${servers?.[i]}`)).size).toBe(20);
  });

  test.each([
    ['gitops-out-of-sync', 'OUT_OF_SYNC'],
    ['gitops-stale', 'STALE'],
    ['gitops-unknown', 'UNKNOWN'],
  ])('%s fires for those that are %s, and for no other', async (uid, state) => {
    const rule = RULES.find((one) => one.uid === uid);
    if (rule === undefined) throw new Error(`There is no rule ${uid}.`);
    const statuses = (await server.json(`/api/v1/status?state=${state}`)) as { server: string }[];
    const fired = firing(await ask(server, rule), rule);
    expect(fired).not.toEqual([]);
    expect(new Set(fired)).toEqual(new Set(statuses.map((status) => status.server)));
  });
});

test('on an empty server no rule fails, and silence is told once', async () => {
  const server = await RunningServer.start();
  for (const rule of RULES) expect(await ask(server, rule)).toEqual({ fields: [], lost: [] });
  expect(RULES.filter(({ noDataState }) => noDataState === 'NoData').map(({ uid }) => uid)).toEqual([
    'gitops-stale',
  ]);
  await server.stop();
});

test.each(named)('%s can be evaluated without a browser', (_, { condition, data: [query, expression] }) => {
  expect(query.model.parser).toBe('backend');
  expect(JSON.stringify(query.model)).not.toContain('$');
  expect(query.model.refId).toBe(query.refId);
  expect(expression.model.expression).toBe(query.refId);
  expect(condition).toBe(expression.refId);
});

test.each(named)('%s: an error is told as one, and the words name the target', (_, rule) => {
  expect(rule.execErrState).toBe('Error');
  expect(rule.annotations.summary).toContain('{{ .Labels.repo }} on {{ .Labels.server }}');
  // Grafana would take `$labels` for a variable of its environment.
  expect(JSON.stringify(rule.annotations)).not.toContain('$');
  const { uid, panels } = shippedDashboard('gitops-drift');
  expect(rule.dashboardUid).toBe(uid);
  expect(panels.find(({ id }) => id === rule.panelId)?.type).toBe('state-timeline');
});

test('drift fires after 15 minutes, silence at once: the server has waited for it already', () => {
  expect(Object.fromEntries(RULES.map((rule) => [rule.uid, rule.for]))).toEqual({
    'gitops-out-of-sync': '15m',
    'gitops-stale': '0s',
    'gitops-unknown': '15m',
  });
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { aReport, MINUTE, NOON } from '../fixtures.ts';
import type { Frame } from './infinity/frame.ts';
import type { AlertRule } from './infinity-model.ts';
import { runQuery } from './plugin.ts';
import { demoFleet, RunningServer } from './running-server.ts';
import { shippedDashboard, shippedRules, shippedYaml } from './shipped.ts';
import { Viewer } from './viewer.ts';

const RULES = shippedRules();
const named = RULES.map((rule) => [rule.title, rule] as const);
const ofTargets = RULES.filter(({ data: [{ model }] }) => model.columns.length === 3);

const ruleOf = (uid: string): AlertRule => {
  const rule = RULES.find((one) => one.uid === uid);
  if (rule === undefined) throw new Error(`There is no rule ${uid}.`);
  return rule;
};

/** Grafana's backend evaluates rules: no browser fills anything in. */
const ask = (server: RunningServer, { data: [{ model }] }: AlertRule) =>
  runQuery(model, { baseUrl: server.url, range: new Viewer('', {}).range });

/** The servers that a rule fires for: one number per row, its strings are the labels. */
function firing({ fields }: Frame, { data: [, { model }] }: AlertRule): string[] {
  const { type, params } = model.conditions[0].evaluator;
  const numbers = fields.find((field) => field.type === 'number')?.values ?? [];
  const servers = fields.find(({ name }) => name === 'server')?.values ?? numbers.map(() => 'all');
  const fires = (value: number) => (type === 'gt' ? value > params[0] : value < params[0]);
  return servers.filter((_, i) => fires(Number(numbers[i]))).map(String);
}

const drifted = (minute: number, server = 'lab') =>
  aReport({
    server,
    checkedAt: NOON + minute * MINUTE,
    syncStatus: 'OUT_OF_SYNC',
    files: ['a'],
    expectedIntervalS: 3600,
  });

async function withServer<T>(
  reports: Parameters<typeof RunningServer.start>[0],
  use: (server: RunningServer) => Promise<T>,
) {
  const server = await RunningServer.start(reports);
  try {
    return await use(server);
  } finally {
    await server.stop();
  }
}

describe('over a demo fleet', () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await RunningServer.start(demoFleet(20, 3));
  });
  afterAll(() => server.stop());

  test.each(ofTargets.map((rule) => [rule.title, rule] as const))(
    '%s: a number per target, distinguished by its labels',
    async (_, rule) => {
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
    },
  );

  test.each([
    ['gitops-stale', 'STALE'],
    ['gitops-unknown', 'UNKNOWN'],
  ])('%s fires for those that are %s, and for no other', async (uid, state) => {
    const statuses = z
      .array(z.object({ server: z.string() }))
      .parse(await server.json(`/api/v1/status?state=${state}`));
    const fired = firing(await ask(server, ruleOf(uid)), ruleOf(uid));
    expect(fired).not.toEqual([]);
    expect(new Set(fired)).toEqual(new Set(statuses.map((status) => status.server)));
  });

  test('a fleet that reports is not silent, and its server is not down', async () => {
    for (const uid of ['gitops-nothing-reported', 'gitops-status-down']) {
      const frame = await ask(server, ruleOf(uid));
      expect(frame.fields.map(({ type, values }) => [type, values.length])).toEqual([['number', 1]]);
      expect(firing(frame, ruleOf(uid))).toEqual([]);
    }
  });
});

test('drift fires 15 minutes after its incident opened, and a check that cannot tell does not end it', async () => {
  const rule = ruleOf('gitops-drift');
  const reports = [
    drifted(-16, 'long'),
    drifted(-14, 'short'),
    drifted(-40, 'unknown-since'),
    aReport({ server: 'unknown-since', checkedAt: NOON - MINUTE, syncStatus: 'UNKNOWN' }),
    drifted(-40, 'repaired'),
    aReport({ server: 'repaired', checkedAt: NOON - MINUTE }),
  ];
  const fired = await withServer(reports.values(), async (server) => firing(await ask(server, rule), rule));
  expect(fired).toEqual(['long', 'unknown-since']);
});

test('on an empty server the rules of targets have no data, and a fleet that never reported is an alert', async () => {
  await withServer([].values(), async (server) => {
    for (const rule of ofTargets) expect(await ask(server, rule)).toMatchObject({ fields: [], lost: [] });
    expect(await ask(server, ruleOf('gitops-nothing-reported'))).toMatchObject({ fields: [] });
    expect(firing(await ask(server, ruleOf('gitops-status-down')), ruleOf('gitops-status-down'))).toEqual([]);
  });
  expect(ruleOf('gitops-nothing-reported').noDataState).toBe('Alerting');
});

test('an outage resolves nothing, and has a rule of its own', () => {
  const { uid: down } = ruleOf('gitops-status-down');
  for (const { uid, execErrState, noDataState, labels } of RULES) {
    expect([uid, execErrState]).toEqual([uid, uid === down ? 'Alerting' : 'KeepLast']);
    expect(['Alerting', 'KeepLast']).toContain(noDataState);
    if (uid === down)
      expect({ noDataState, labels }).toEqual({ noDataState: 'Alerting', labels: { severity: 'critical' } });
  }
  for (const { noDataState } of ofTargets) expect(noDataState).toBe('KeepLast');
});

test.each(named)('%s can be evaluated without a browser', (_, { condition, data: [query, expression] }) => {
  expect(query.model.parser).toBe('backend');
  expect(query.model.datasource.uid).toBe(query.datasourceUid);
  expect(JSON.stringify(query.model)).not.toContain('$');
  expect(query.model.refId).toBe(query.refId);
  expect(expression.model.expression).toBe(query.refId);
  expect(condition).toBe(expression.refId);
});

test.each(named)('%s names no variable of an environment, and leads to a panel', (_, rule) => {
  // Grafana would take `$labels` as a variable of its environment.
  expect(JSON.stringify(rule.annotations)).not.toContain('$');
  const { uid, panels } = shippedDashboard('gitops-drift');
  expect(rule.dashboardUid).toBe(uid);
  expect(panels.find(({ id }) => id === rule.panelId)?.type).toBe('state-timeline');
});

test('Grafana and Prometheus have the same rules: words, severities, thresholds and waits', () => {
  const { groups } = z
    .object({
      groups: z.tuple([
        z.object({
          rules: z.array(
            z.object({
              expr: z.string(),
              for: z.string().default('0s'),
              labels: z.object({ severity: z.string() }),
              annotations: z.record(z.string(), z.string()),
            }),
          ),
        }),
      ]),
    })
    .parse(shippedYaml('grafana/prometheus/rules.yml'));
  const prometheus = groups[0].rules;
  expect(prometheus.map(({ expr, ...same }) => same)).toEqual(
    RULES.map(({ for: wait, labels, annotations }) => ({ for: wait, labels, annotations })),
  );
  RULES.forEach(({ data: [, { model }] }, i) => {
    const { type, params } = model.conditions[0].evaluator;
    if (type === 'gt') expect(prometheus[i]?.expr).toMatch(new RegExp(`> ${params[0]}\\b`));
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { ServerProcess } from '../e2e/server-process.ts';
import { readShipped } from '../grafana/shipped.ts';
import { PrometheusProcess } from './prometheus-process.ts';
import { missing } from './tools.ts';

const datasource = z.strictObject({ type: z.literal('prometheus'), uid: z.literal('${datasource}') });

const board = z.object({
  uid: z.literal('gitops-prometheus'),
  panels: z.array(
    z.object({
      id: z.number(),
      title: z.string(),
      datasource,
      fieldConfig: z.object({ defaults: z.object({ noValue: z.string().min(1) }) }),
      targets: z.tuple([
        z.object({
          datasource,
          expr: z.string(),
          instant: z.boolean().optional(),
          range: z.boolean().optional(),
          legendFormat: z.string(),
        }),
      ]),
    }),
  ),
  templating: z.object({
    list: z.tuple(
      [z.object({ type: z.literal('datasource'), query: z.literal('prometheus') })],
      z.object({ name: z.string(), allValue: z.literal('.*'), query: z.object({ query: z.string() }) }),
    ),
  }),
});

const { panels, templating } = board.parse(
  JSON.parse(readShipped('grafana/dashboards/gitops-prometheus.json')),
);

const MACROS: Readonly<Record<string, string>> = {
  '${repo}': '.*',
  '${server}': '.*',
  '${__range}': '60s',
  '${__rate_interval}': '4s',
};

/** As Grafana fills it in; an unknown macro must not be left. */
function filled(text: string): string {
  const resolved = text.replace(/\$\{\w+\}/g, (macro) => MACROS[macro] ?? macro);
  expect(resolved).not.toContain('$');
  return resolved;
}

const series = z.object({ result: z.array(z.object({ metric: z.record(z.string(), z.string()) })) });

describe.skipIf(missing('prometheus'))('the dashboard for Prometheus alone', () => {
  let folder: string;
  let server: ServerProcess;
  let prometheus: PrometheusProcess;

  const post = (reports: readonly object[]) =>
    fetch(`${server.url}/api/v1/reports`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(reports),
    });

  async function seriesOf({ expr, instant }: { expr: string; instant?: boolean | undefined }) {
    const now = Date.now() / 1000;
    const query = filled(expr);
    const asked = { query, start: String(now - 60), end: String(now), step: '1' };
    const data = await prometheus.ask(
      instant === true ? 'query' : 'query_range',
      instant === true ? { query } : asked,
    );
    return series.parse(data).result.map(({ metric }) => metric);
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gitops-status-board-'));
    server = await ServerProcess.start(join(folder, 'status.db'), {
      env: { GITOPS_STATUS_TARGET_SERIES: 'all' },
    });
    const last_check = new Date().toISOString();
    const drift = { sync_status: 'OUT_OF_SYNC', files: [{ name: 'a' }] };
    await post([
      { repo: 'web', server: 'fine', sync_status: 'SYNCED', last_check },
      { repo: 'web', server: 'drifted', last_check, ...drift },
      { repo: 'db', server: 'lame', sync_status: 'UNKNOWN', error: 'unreachable', last_check },
    ]);
    prometheus = await PrometheusProcess.start(server.url);
  });
  afterAll(async () => {
    await prometheus.stop();
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  test('it is scraped a few times: a rate needs two', async () => {
    await expect
      .poll(() => prometheus.query('sum_over_time(up[60s]) >= 3'), { timeout: 100_000 })
      .toHaveLength(1);
  }, 200_000);

  test.each(panels.map((panel) => [panel.title, panel] as const))(
    '%s: it shows something',
    async (_, panel) => {
      const [target] = panel.targets;
      expect(target.instant === true || target.range === true).toBe(true);
      const found = await seriesOf(target);
      expect(found).not.toEqual([]);
      // The name of a series is made of its labels.
      for (const [, label = ''] of target.legendFormat.matchAll(/\{\{(\w+)\}\}/g)) {
        for (const metric of found) expect(Object.keys(metric)).toContain(label);
      }
    },
  );

  test('the timeline shows each target by its state', async () => {
    const timeline = panels.find(({ title }) => title === 'State of the 50 worst targets');
    const expr = filled(timeline?.targets[0].expr ?? '');
    const states = (await prometheus.query(expr)).map(({ server: name, value }) => [name, value]);
    expect(new Map(states.map(([name, value]) => [String(name), Number(value)]))).toEqual(
      new Map([
        ['fine', 0],
        ['drifted', 1],
        ['lame', 2],
      ]),
    );
  });

  test('the pickers offer repos and servers', async () => {
    const [, ...pickers] = templating.list;
    const offered = pickers.map(async ({ query: { query } }) => {
      const [, matching = '', label = ''] = /^label_values\((.+), (\w+)\)$/.exec(filled(query)) ?? [];
      return prometheus.ask(`label/${label}/values`, { 'match[]': matching });
    });
    expect(await Promise.all(offered)).toEqual([
      ['db', 'web'],
      ['drifted', 'fine', 'lame'],
    ]);
  });
});

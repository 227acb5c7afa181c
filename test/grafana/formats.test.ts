import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { aReport, MINUTE, NOON } from '../fixtures.ts';
import type { InfinityModel } from './infinity-model.ts';
import { runQuery } from './plugin.ts';
import { RunningServer } from './running-server.ts';
import { queryVariables, readShipped, shippedDashboard, shippedRules } from './shipped.ts';
import {
  FORMAT_NAMES,
  formatVariable,
  interpolate,
  type Picked,
  QUERY_FORMATS,
  URL_FORMATS,
} from './template.ts';
import { ALL, picked, single, Viewer } from './viewer.ts';

const SERVERS = ['db@a', 'web+1', 'web~2'];
const { range } = new Viewer('', {});

let server: RunningServer;
beforeAll(async () => {
  const reports = SERVERS.map((name) => aReport({ server: name, checkedAt: NOON - MINUTE }));
  server = await RunningServer.start(reports.values());
});
afterAll(() => server.stop());

const table = shippedDashboard('gitops-drift').panels.find(({ title }) => title === 'Targets, now');

/** The query of the table, with the variable in some format. */
function asking(format: string): InfinityModel {
  const [query] = table?.targets ?? [];
  if (query === undefined) throw new Error('The table asks nothing.');
  const path = query.url.replace(/\?.*/, '');
  const inUrl = URL_FORMATS.includes(format);
  const value = `\${server:${format}}`;
  return {
    ...query,
    url: inUrl ? `${path}?${value}` : path,
    url_options: { ...query.url_options, params: inUrl ? [] : [{ key: 'server', value }] },
  };
}

async function shown(query: InfinityModel, server_: Picked): Promise<unknown> {
  const fill = (text: string) => interpolate(text, { picks: { server: server_ }, scoped: {} });
  const frame = await runQuery(query, { baseUrl: server.url, range, interpolate: fill });
  return frame.fields.find(({ name }) => name === 'server')?.values;
}

describe.each(QUERY_FORMATS)('a panel that was written with the format %s', (format) => {
  test.each<[string, Picked, string[]]>([
    ['one of several', picked('web+1'), ['web+1']],
    ['two', picked('db@a', 'web~2'), ['db@a', 'web~2']],
    ['none', picked(), SERVERS],
    ['all', ALL, SERVERS],
    ['all, without a value of its own', picked(...SERVERS), SERVERS],
    ['the one of a picker for one', single('db@a'), ['db@a']],
  ])('shows %s', async (_, pick, expected) => {
    expect(await shown(asking(format), pick)).toEqual(expected);
  });
});

/** What the registry of @grafana/scenes 9.2.2, run with @grafana/data 13.2.3, makes of lists and single values. */
const RECORDED = z
  .record(z.string(), z.record(z.string(), z.string()))
  .parse(JSON.parse(readShipped('test/grafana/infinity/formats.golden.json')));

const PICKED: Readonly<Record<string, Picked>> = {
  one: picked('srv a'),
  two: picked('srv a', 'b&c'),
  none: picked(),
  three: picked('web+1', 'db@a', 'web~2'),
  special: picked('a\'b"c', 'x(y)/z-1.2:3'),
  single: single('srv a'),
  singleName: single('db@a'),
  empty: single(''),
};

describe("the test's browser formats variables like Grafana's own registry", () => {
  test('it knows every format that makes text of a variable', () => {
    expect(FORMAT_NAMES).toEqual(Object.keys(RECORDED));
  });

  test('the name of the parameter in a format', () => {
    const picks = { server: picked('srv a', 'b&c') };
    expect(interpolate('${server:customqueryparam:host}', { picks, scoped: {} })).toBe(
      'host=srv%20a&host=b%26c',
    );
  });

  test.each(Object.keys(RECORDED))('%s', (format) => {
    const made = Object.entries(PICKED).map(([name, pick]) => [name, formatVariable('server', pick, format)]);
    expect(Object.fromEntries(made)).toEqual(RECORDED[format]);
  });

  test('its own value for all is inserted unchanged, except in the URL', () => {
    expect(formatVariable('server', ALL, 'json')).toBe('*');
    expect(formatVariable('server', ALL, 'customqueryparam')).toBe('*');
    expect(formatVariable('server', ALL, 'queryparam')).toBe('var-server=$__all');
    expect(formatVariable('server', ALL, 'text')).toBe('All');
  });
});

test('every shipped column is named like its selector: some versions of the plugin find a column by either', () => {
  const queries = [
    ...[shippedDashboard('gitops-drift'), shippedDashboard('gitops-target')].flatMap((dashboard) => [
      ...dashboard.panels.flatMap(({ targets }) => targets),
      ...queryVariables(dashboard).map(({ query }) => query.infinityQuery),
      ...dashboard.annotations.list.map(({ target }) => target),
    ]),
    ...shippedRules().map(({ data: [{ model }] }) => model),
  ];
  const columns = queries.flatMap((query) => query.columns);
  expect(columns.length).toBeGreaterThan(50);
  for (const { text, selector } of columns) expect(text).toBe(selector);
});

test('the status line says what is wrong with a request, because a panel shows nothing else', async () => {
  const query = { ...asking('glob'), url: '/grafana/status?stat=OUT_OF_SYNC' };
  await expect(runQuery(query, { baseUrl: server.url, range })).rejects.toThrow(
    /status code : 422 .*stat.* is not a parameter/,
  );
});

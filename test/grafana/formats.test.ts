import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aReport, MINUTE, NOON } from '../fixtures.ts';
import type { InfinityModel } from './infinity-model.ts';
import { requestUrl, runQuery } from './plugin.ts';
import { RunningServer } from './running-server.ts';
import { shippedDashboard } from './shipped.ts';
import {
  applyMacros,
  FORMAT_NAMES,
  formatVariable,
  interpolate,
  type Picked,
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

/** The table's query, with the variable in some format. */
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

describe.each(FORMAT_NAMES)('a panel that was written with the format %s', (format) => {
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

describe('the harness fills in what Grafana fills in', () => {
  const two = picked('srv a', 'b&c');

  test.each([
    ['glob', 'srv a', '{srv a,b&c}', ''],
    ['csv', 'srv a', 'srv a,b&c', ''],
    ['pipe', 'srv a', 'srv a|b&c', ''],
    ['regex', 'srv a', '(srv a|b&c)', '()'],
    ['json', '["srv a"]', '["srv a","b&c"]', '[]'],
    ['singlequote', "'srv a'", "'srv a','b&c'", ''],
    ['doublequote', '"srv a"', '"srv a","b&c"', ''],
    ['percentencode', '%7Bsrv%20a%7D', '%7Bsrv%20a%2Cb%26c%7D', '%7B%7D'],
    ['queryparam', 'var-server=srv%20a', 'var-server=srv%20a&var-server=b%26c', 'var-server='],
    ['customqueryparam', 'server=srv%20a', 'server=srv%20a&server=b%26c', ''],
  ])('%s: one, two, none', (format, one, many, none) => {
    expect(formatVariable('server', picked('srv a'), format)).toBe(one);
    expect(formatVariable('server', two, format)).toBe(many);
    expect(formatVariable('server', picked(), format)).toBe(none);
  });

  test('its own value for all is inserted as it is, but for the keys of a query string', () => {
    expect(formatVariable('server', ALL, 'json')).toBe('*');
    expect(formatVariable('server', ALL, 'customqueryparam')).toBe('*');
    expect(formatVariable('server', ALL, 'queryparam')).toBe('var-server=$__all');
  });

  test('the name of the parameter that a format is given', () => {
    const picks = { server: picked('srv a', 'b&c') };
    expect(interpolate('${server:customqueryparam:host}', { picks, scoped: {} })).toBe(
      'host=srv%20a&host=b%26c',
    );
  });

  test('the macros of the backend, and nothing else of the kind', () => {
    const at = { from: Date.parse('2026-04-21T12:00:09.250Z'), to: Date.parse('2026-04-21T12:00:00Z') };
    const text = '${__timeFrom} ${__timeFrom:date} ${__timeTo:date:seconds} ${__timeTo:date:iso} ${repo}';
    expect(applyMacros(text, at)).toBe(
      '1776772809250 2026-04-21T12:00:09.25Z 1776772800 2026-04-21T12:00:00Z ${repo}',
    );
  });

  test('parameters are encoded once, and in the order of their keys', () => {
    const url = requestUrl(asking('glob'), {
      baseUrl: 'http://gitops-status:8080',
      range,
      interpolate: (text) => interpolate(text, { picks: { server: picked('web+1', 'a b') }, scoped: {} }),
    });
    expect(url).toBe('http://gitops-status:8080/grafana/status?server=%7Bweb%2B1%2Ca+b%7D');
  });
});

test('what is wrong with a request is told in the status line, which is all that a panel shows', async () => {
  const query = { ...asking('glob'), url: '/grafana/status?stat=OUT_OF_SYNC' };
  await expect(runQuery(query, { baseUrl: server.url, range })).rejects.toThrow(
    /status code : 422 .*stat.* is not a parameter/,
  );
});

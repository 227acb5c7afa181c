import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { anHour, type Row, time } from './report-hour.ts';
import { problemOf, startService, type TestService } from './service.ts';

/** It is only asked. */
let at: TestService;
beforeAll(async () => {
  at = startService();
  await anHour(at);
});

const rows = async (path: string) => (await at.json(path)) as Row[];

const LISTS = [
  'status',
  'summary',
  'state',
  'series',
  'series?by=state',
  'series?by=repo',
  'trend',
  'trend?group_by=target',
  'incidents',
  'files',
  'compliance',
  'annotations',
  'alerts',
  'variables/repos',
  'variables/servers',
];

describe.each(LISTS)('/grafana/%s', (path) => {
  const url = (query: string) => `/grafana/${path}${path.includes('?') ? '&' : '?'}${query}`;

  test('answers JSON with a body, whatever Accept says and even if the store is empty', async () => {
    const answer = await startService().get(`/grafana/${path}`, { Accept: 'text/html' });
    expect([answer.status, answer.headers.get('Content-Type')]).toEqual([200, 'application/json']);
    expect(await answer.json()).toBeInstanceOf(Array);
  });

  test('has the same keys in every row, one type per key, and nothing nested', async () => {
    const all = await rows(url(''));
    expect(all).not.toEqual([]);
    for (const row of all) {
      expect(Object.keys(row)).toEqual(Object.keys(all[0] ?? {}));
      for (const key of Object.keys(row)) expect(key).toMatch(/^([a-z][a-z0-9_]*|timeEnd)$/);
    }
    for (const key of Object.keys(all[0] ?? {})) {
      const types = new Set(
        all
          .map((row) => row[key])
          .filter((value) => value !== null)
          .map((value) => typeof value),
      );
      expect([...types].filter((type) => type === 'object')).toEqual([]);
      expect(types.size).toBeLessThanOrEqual(1);
    }
  });

  test('takes a filter in any spelling, also under the name of the variable', async () => {
    const expected = await rows(url('server=prod'));
    for (const query of ['server={prod}', 'server=["prod"]', 'var-server=prod', 'server=(prod|nobody)']) {
      expect(await rows(url(query))).toEqual(expected);
    }
    const all = await rows(url(''));
    for (const query of ['server=*', 'server=${server}', 'server=$__all', 'var-server=$__all']) {
      expect(await rows(url(query))).toEqual(all);
    }
  });
});

describe.each(LISTS)('/grafana/%s with some keys requested', (path) => {
  const url = (query: string) => `/grafana/${path}${path.includes('?') ? '&' : '?'}${query}`;

  test('answers with these keys, in this order, with their values', async () => {
    const all = await rows(url(''));
    const keys = Object.keys(all[0] ?? {});
    const fields = [keys.at(-1), keys[0]].map(String);
    const picked = all.map((row) => Object.fromEntries(fields.map((key) => [key, row[key]])));
    const asked = await rows(url(`fields=${fields.join(',')}`));
    expect(asked).toEqual(picked);
    expect(asked.map((row) => Object.keys(row))).toEqual(asked.map(() => fields));
    const csv = await (await at.get(url(`fields=${fields.join(',')}&format=csv`))).text();
    expect(csv.split('\r\n')[0]).toBe(fields.join(','));
    expect(await rows(url('fields='))).toEqual(all);
  });

  test('refuses a key that it does not have, by name', async () => {
    const problem = await problemOf(await at.get(url('fields=nope')));
    expect(problem.errors).toMatchObject([{ parameter: 'fields', detail: /must be one of/ }]);
  });
});

describe('a long answer', () => {
  test('is compressed for clients that accept it, with gzip and nothing else', async () => {
    const path = `/grafana/state?from=${time(0)}&to=${time(60)}`;
    const plain = await at.get(path);
    const packed = await at.get(path, { 'Accept-Encoding': 'gzip, br, zstd' });
    expect([plain.headers.get('Content-Encoding'), packed.headers.get('Content-Encoding')]).toEqual([
      null,
      'gzip',
    ]);
    const bytes = Buffer.from(await packed.arrayBuffer());
    const text = await plain.text();
    expect(gunzipSync(bytes).toString()).toBe(text);
    expect(bytes.length).toBeLessThan(text.length / 5);
    expect((await at.get(path, { 'Accept-Encoding': 'br' })).headers.get('Content-Encoding')).toBeNull();
  });
});

describe('numbers and instants that Grafana did not fill in', () => {
  test('count as not sent', async () => {
    const query = 'from=${__timeFrom}&to=${__timeTo}&interval_ms=${__interval_ms}&max_points=';
    expect((await at.get(`/grafana/state?${query}`)).status).toBe(200);
  });

  test.each([['interval_ms=0'], ['interval_ms=x'], ['max_points=0'], ['max_points=10001'], ['shape=round']])(
    'but %s is refused by name',
    async (query) => {
      const problem = await problemOf(await at.get(`/grafana/state?${query}`));
      expect(problem.errors).toMatchObject([{ parameter: query.split('=')[0] }]);
    },
  );
});

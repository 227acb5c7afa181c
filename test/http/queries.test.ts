import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { HOUR, MINUTE, NOON } from '../fixtures.ts';
import { minute } from './report-day.ts';
import { aBody, aDrift, iso, problemOf, startService, type TestService } from './service.ts';

let at: TestService;
const start = () => {
  at = startService();
};

describe('filters', () => {
  beforeAll(async () => {
    start();
    for (const [repo, server] of [
      ['a', '1'],
      ['a', '2'],
      ['b', '1'],
    ])
      await at.post(aBody({ repo, server }));
    await at.post(aDrift(['f'], { repo: 'b', server: '2' }));
    at.now += MINUTE;
  });

  const names = async (path: string) =>
    ((await at.json(path)) as { repo: string; server: string }[]).map(
      ({ repo, server }) => `${repo}/${server}`,
    );

  test.each([
    ['repo=a', ['a/1', 'a/2']],
    ['repo=a,b&server=1', ['a/1', 'b/1']],
    ['repo=a&repo=b&server=1', ['a/1', 'b/1']],
    ['repo=', ['a/1', 'a/2', 'b/1', 'b/2']],
    ['state=OUT_OF_SYNC', ['b/2']],
    ['state=SYNCED,STALE&repo=b', ['b/1']],
    ['state=out_of_sync', ['b/2']],
    ['state=synced,Stale&repo=b', ['b/1']],
    ['repo=*a&server=*', ['a/1', 'a/2']],
    ['server=1*,nobody*', ['a/1', 'b/1']],
    ['repo=c*', []],
    ['repo=a&server=2&picked_only=true', ['a/2']],
    ['repo=a&picked_only=true', []],
    ['server=*&picked_only=true', []],
    ['repo=nobody', []],
  ])('%s on status, timeline and compliance', async (query, expected) => {
    expect(await names(`/status.json?${query}`)).toEqual(expected);
    expect(await names(`/api/v1/timeline?${query}`)).toEqual(expected);
    expect(await names(`/api/v1/compliance?${query}`)).toEqual(expected);
  });

  test('on reports, incidents and files', async () => {
    expect(await at.json('/api/v1/reports?state=OUT_OF_SYNC')).toMatchObject({
      rows: [{ repo: 'b', server: '2' }],
    });
    expect(await at.json('/api/v1/reports?state=STALE')).toEqual({ rows: [], next_cursor: null });
    expect(await at.json('/api/v1/incidents?repo=a')).toEqual([]);
    expect(await names('/api/v1/incidents?state=OUT_OF_SYNC')).toEqual(['b/2']);
    expect(await at.json('/api/v1/incidents?state=SYNCED')).toEqual([]);
    expect(await at.json('/api/v1/files?server=2')).toMatchObject([{ name: 'f', open: true }]);
    expect(await at.json('/api/v1/files?server=1')).toEqual([]);
  });

  test.each([
    ['/grafana/alerts?limit=3', 3, '4'],
    ['/status.json?limit=5', 4, '4'],
    ['/status.json?limit=3', 3, null],
  ])('limit cuts a list short, and gives its whole length if all was read: %s', async (path, rows, total) => {
    const answer = await at.get(path);
    expect(await answer.json()).toHaveLength(rows);
    expect(answer.headers.get('X-Total-Count')).toBe(total);
  });
});

const LISTS = [
  '/status.json',
  '/api/v1/status',
  '/api/v1/reports',
  '/api/v1/timeline',
  '/api/v1/incidents',
  '/api/v1/files',
  '/api/v1/compliance',
];

const empty = startService();

describe.each(LISTS)('%s', (path) => {
  test.each([
    ['limit=0', 'limit'],
    ['limit=5001', 'limit'],
    ['limit=ten', 'limit'],
    ['limit=0x1', 'limit'],
    ['limit=1e2', 'limit'],
    ['limit=1&limit=2', 'limit'],
    ['repo=a%20b', 'repo'],
    ['server=a,-b', 'server'],
    ['server=-*', 'server'],
    ['repo=a?*', 'repo'],
    ['fields=colour', 'fields'],
    ['picked_only=yes', 'picked_only'],
    ['state=GREEN', 'state'],
    ['format=xml', 'format'],
    ['colour=red', 'colour'],
  ])('refuses %s by name', async (query, parameter) => {
    const answer = await empty.get(`${path}?${query}`);
    expect(answer.status).toBe(422);
    const problem = await problemOf(answer);
    expect(problem.errors?.map((error) => error.parameter)).toEqual([parameter]);
    expect(problem.detail).toContain(parameter);
  });

  test('is empty, not an error, if nothing is known', async () => {
    const answer = await empty.get(path);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual(path.endsWith('reports') ? { rows: [], next_cursor: null } : []);
  });

  test('is available as CSV, with a header line even if it is empty', async () => {
    start();
    const header = await at.get(`${path}?format=csv`);
    expect(header.headers.get('Content-Type')).toBe('text/csv; charset=utf-8');
    expect((await header.text()).split('\r\n')).toHaveLength(2);
    await at.post(aDrift(['=1+1', 'b, c']));
    at.now += MINUTE;
    const lines = (await (await at.get(`${path}?format=csv`)).text()).trimEnd().split('\r\n');
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.join()).not.toMatch(/,=1/);
  });
});

test('labels are one column of CSV', async () => {
  start();
  await at.post(aBody({ labels: { env: 'prod', team: 'core' } }));
  const [header = '', row = ''] = (await (await at.get('/status.json?format=csv')).text()).split('\r\n');
  expect(row.split(',')[header.split(',').indexOf('labels')]).toBe('env=prod; team=core');
});

describe('instants in a query', () => {
  beforeEach(start);

  test.each([
    ['2026-04-21T12:00:00Z'],
    ['2026-04-21T14:00:00%2B02:00'],
    ['2026-04-21T14:00:00+02:00'],
    [String(NOON)],
    [String(NOON / 1000)],
  ])('may be %s', async (from) => {
    at.now = NOON + HOUR;
    await at.post(aBody({ last_check: iso(NOON - MINUTE) }));
    expect(await at.json(`/api/v1/timeline?from=${from}`)).toMatchObject([
      { from: minute(0) },
      { state: 'STALE' },
    ]);
  });

  test.each([['yesterday'], ['2026-04-21'], ['-1'], ['1e9'], ['99999999999999999999']])(
    'may not be %s',
    async (from) => {
      const problem = await problemOf(await at.get(`/api/v1/timeline?from=${from}`));
      expect(problem.errors).toEqual([{ parameter: 'from', detail: expect.stringContaining('RFC 3339') }]);
    },
  );
});

describe('a cursor', () => {
  beforeAll(start);

  test.each([['x'], ['e30'], ['WzEsMl0']])('%j that the server never gave out is refused', async (cursor) => {
    const problem = await problemOf(await at.get(`/api/v1/reports?cursor=${cursor}`));
    expect(problem.errors).toMatchObject([{ parameter: 'cursor' }]);
  });
});

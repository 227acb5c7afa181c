import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { MINUTE, NOON } from '../fixtures.ts';
import { openPage } from './pages/page.ts';
import { aBody, iso, startService, type TestService } from './service.ts';

let at: TestService;
const start = () => {
  at = startService();
};

type Row = Record<string, unknown>;
const rows = async (path: string) => (await at.json(path)) as Row[];
const minutesAgo = (minutes: number) => iso(NOON - minutes * MINUTE);

/** The cells of each row under a heading. */
const csvCells = async (path: string, column: string) => {
  const text = await (await at.get(`${path}${path.includes('?') ? '&' : '?'}format=csv`)).text();
  const [header = '', ...lines] = text.trimEnd().split('\r\n');
  const place = header.split(',').indexOf(column);
  expect(place).toBeGreaterThanOrEqual(0);
  return lines.map((line) => line.split(',')[place]);
};

const push = async (server: string, value: 0 | 1) => {
  const answer = await at.service.app.request(`/metrics/job/ci/repo/rsyslog/server/${server}`, {
    method: 'PUT',
    body: `gitops_sync_status ${value}\n`,
  });
  expect(answer.status).toBe(200);
};

/** Every way to report a drift without its size, on one target. */
const UNCOUNTED: readonly [string, () => Promise<unknown>][] = [
  ['neither a count nor files', () => at.post(aBody({ sync_status: 'OUT_OF_SYNC' }))],
  ['a count of 0', () => at.post(aBody({ sync_status: 'OUT_OF_SYNC', drift_count: 0 }))],
  [
    'a count of -0',
    () =>
      at.post(
        JSON.stringify(aBody({ sync_status: 'OUT_OF_SYNC', n: 1 })).replace('"n":1', '"drift_count":-0'),
      ),
  ],
  ['null', () => at.post(aBody({ sync_status: 'OUT_OF_SYNC', drift_count: null, files: null }))],
  ['an empty list', () => at.post(aBody({ sync_status: 'OUT_OF_SYNC', drift_count: 0, files: [] }))],
  ['a push of 0', () => push('rsyslog-lab', 0)],
];

describe.each(UNCOUNTED)('a drift that was reported with %s', (_, report) => {
  beforeAll(async () => {
    start();
    await report();
    at.now = NOON + MINUTE;
  });

  test.each([
    ['/api/v1/status', 'drift_count'],
    ['/status.json', 'drift_count'],
    [`/api/v1/status?at=${NOON}`, 'drift_count'],
    ['/api/v1/timeline', 'drift_count'],
    ['/api/v1/incidents', 'max_drift_count'],
    ['/grafana/status', 'drift_count'],
    ['/grafana/summary', 'drifted_files'],
    ['/grafana/series', 'drift_count'],
    ['/grafana/incidents', 'max_drift_count'],
  ])('is null in %s, and empty in its CSV', async (path, column) => {
    const found = await rows(path);
    expect(found.length).toBeGreaterThan(0);
    expect(new Set(found.map((row) => row[column]))).toEqual(new Set([null]));
    expect(new Set(await csvCells(path, column))).toEqual(new Set(['']));
  });

  test.each(['/api/v1/reports', '/grafana/reports'])('is null in %s, and empty in its CSV', async (path) => {
    const { rows: found } = (await at.json(path)) as { rows: Row[] };
    expect(found.map(({ drift_count }) => drift_count)).toEqual([null]);
    expect(await csvCells(path, 'drift_count')).toEqual(['']);
  });

  test('is null in the event log', async () => {
    const { rows: found } = (await at.json('/api/v1/events?format=json')) as { rows: Row[] };
    expect(found.length).toBeGreaterThan(0);
    expect(new Set(found.map(({ drift_count }) => drift_count))).toEqual(new Set([null]));
  });

  test('has no sample among the metrics', async () => {
    const text = await (await at.get('/metrics')).text();
    expect(text).toMatch(/^gitops_sync_status\{repo="rsyslog",server="rsyslog-lab"[^}]*\} 0$/m);
    expect(text).not.toContain('gitops_drift_files{');
  });

  test('is counted as a target that was not counted', async () => {
    expect(await rows('/grafana/summary')).toMatchObject([
      { out_of_sync: 1, drifted_files: null, uncounted: 1 },
    ]);
  });

  test('is a drift without a number on the badge', async () => {
    const badge = await at.json('/badge.json?repo=rsyslog');
    expect(badge).toMatchObject({ message: 'drifted', color: 'red' });
    expect(await (await at.get('/badge.svg?repo=rsyslog')).text()).not.toMatch(/\(0\)/);
  });

  test.each([
    ['/', 'no file named'],
    ['/target?repo=rsyslog&server=rsyslog-lab', 'how many files differ is not known'],
    ['/incidents', 'no file named'],
  ])('has no number on the page %s', async (path, words) => {
    const { text } = await openPage(at, path);
    expect(text).toContain(words);
    expect(text).not.toMatch(/\b0 files|undefined|null/);
  });

  test('is "no file named" in annotations', async () => {
    expect(await rows('/grafana/annotations')).toMatchObject([{ text: 'no file named' }]);
  });

  test('is hatched in the picture of its target, which says that it was not counted', async () => {
    const { html, text } = await openPage(at, '/target?repo=rsyslog&server=rsyslog-lab');
    expect(html).toContain('fill="url(#hatch-OUT_OF_SYNC)"');
    expect(html).toContain('id="hatch-OUT_OF_SYNC"');
    expect(text).toContain('Files not counted');
  });
});

describe('several targets', () => {
  beforeAll(async () => {
    start();
    await push('unknown', 0);
    await push('fine', 1);
    await at.post(aBody({ server: 'counted', sync_status: 'OUT_OF_SYNC', drift_count: 2 }));
  });

  test('have a sum of the counted files, and the number of uncounted targets', async () => {
    expect(await rows('/grafana/summary')).toMatchObject([{ drifted_files: 2, uncounted: 1 }]);
    expect(await rows('/grafana/summary?server=fine')).toMatchObject([{ drifted_files: 0, uncounted: 0 }]);
    expect(await rows('/grafana/summary?server=unknown,fine')).toMatchObject([
      { drifted_files: null, uncounted: 1 },
    ]);
  });

  test('are sorted by their counts: an unknown count is neither zero nor more than a known one', async () => {
    const { rowsOf } = await openPage(at, '/?sort=-drift');
    expect(rowsOf('Targets').map((cells) => cells[1]?.split(' ')[0])).toEqual(['counted', 'unknown', 'fine']);
  });

  test('have a sample for each known count', async () => {
    const text = await (await at.get('/metrics')).text();
    const samples = [...text.matchAll(/^gitops_drift_files\{.*server="(\w+)"\} (\S+)$/gm)];
    expect(samples.map(([, server, value]) => [server, value])).toEqual([
      ['counted', '2'],
      ['fine', '0'],
    ]);
  });
});

describe('a count of none', () => {
  beforeEach(start);

  test('is no longer known once its report is not valid any more', async () => {
    await at.post(aBody({ last_check: minutesAgo(11) }));
    expect(await rows('/grafana/status')).toMatchObject([{ state: 'STALE', drift_count: null }]);
    expect(await (await at.get('/metrics')).text()).not.toContain('gitops_drift_files{');
    const series = await rows('/grafana/series');
    expect(series.at(-1)).toMatchObject({ drift_count: null });
  });

  test.each(['UNKNOWN', 'OUT_OF_SYNC'])('is not known if it was sent with %s', async (status) => {
    await at.post(aBody({ sync_status: status, drift_count: 0 }));
    expect(await rows('/api/v1/status')).toMatchObject([{ drift_count: null }]);
  });
});

test.each([
  [
    'one name in two paths',
    [
      { name: 'nginx.conf', path: '/a' },
      { name: 'nginx.conf', path: '/b' },
    ],
    undefined,
    2,
  ],
  ['the same entry twice', [{ name: 'nginx.conf' }, { name: 'nginx.conf' }], undefined, 1],
  [
    'the same entry with its keys in another order',
    [
      { name: 'a', p: 1 },
      { p: 1, name: 'a' },
    ],
    undefined,
    1,
  ],
  ['a larger count', [{ name: 'a' }], 5, 5],
  ['a smaller count', [{ name: 'a' }, { name: 'b' }], 1, 2],
  ['a count of 0', [{ name: 'a' }], 0, 1],
])('files are counted: %s', async (_, files, count, expected) => {
  start();
  await at.post(aBody({ sync_status: 'OUT_OF_SYNC', files, drift_count: count }));
  expect(await rows('/api/v1/status')).toMatchObject([{ drift_count: expected }]);
  expect(await rows('/grafana/summary')).toMatchObject([{ drifted_files: expected, uncounted: 0 }]);
});

test('the most files of an incident come from the reports that counted them, and its page says so', async () => {
  start();
  await at.post(aBody({ sync_status: 'OUT_OF_SYNC', files: [{ name: 'a' }], last_check: minutesAgo(5) }));
  await at.post(aBody({ sync_status: 'OUT_OF_SYNC', last_check: minutesAgo(1) }));
  expect(await rows('/api/v1/incidents')).toMatchObject([{ max_drift_count: 1 }]);
  const story = (await openPage(at, '/incident/1')).text;
  expect(story).toContain('Files at most 1 where they were counted');
  expect(story).toContain('Now an unknown number of files differs');
  const { text } = await openPage(at, '/target?repo=rsyslog&server=rsyslog-lab');
  expect(text).toContain('Files at most 1 where they were counted');
});

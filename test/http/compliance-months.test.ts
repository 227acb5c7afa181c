import { beforeEach, describe, expect, test } from 'vitest';
import { aBody, aDrift, problemOf, startService, type TestService } from './service.ts';

const at = (text: string) => Date.parse(`2026-${text}Z`);
const iso = (text: string) => new Date(at(text)).toISOString();
const DAY_S = 86_400;

let service: TestService;

/** One target from the middle of March on, in sync except for a day at the end of March that reaches into April. */
beforeEach(async () => {
  service = startService();
  const lasting = { repo: 'web', server: 'a', expected_interval_s: 2_678_400, labels: { env: 'prod' } };
  const told = async (text: string, body: typeof aBody, fields: object = {}) => {
    service.now = at(text);
    await service.post(body({ ...lasting, last_check: iso(text), ...fields }));
  };
  await told('03-16T00:00:00', aBody);
  await told('03-31T12:00:00', (fields) => aDrift(['x'], fields));
  await told('04-01T12:00:00', aBody);
  await told('04-11T00:00:00', aBody, { repo: 'db', server: 'b', labels: {} });
  service.now = at('04-21T00:00:00');
});

const months = async (query = '') =>
  (await service.json(`/api/v1/compliance?period=month${query}`)) as Record<string, unknown>[];

describe('compliance by month', () => {
  test('has a row for each target and month from its beginning, and says whether the month is over', async () => {
    const day = (days: number) => days * DAY_S;
    expect((await months()).map(({ mean_time_to_resolve_s: _, ...row }) => row)).toEqual([
      {
        repo: 'db',
        server: 'b',
        label: null,
        period_start: iso('04-01T00:00:00'),
        period_end: iso('05-01T00:00:00'),
        complete: false,
        tracked_s: day(10),
        synced_s: day(10),
        out_of_sync_s: 0,
        unknown_s: 0,
        stale_s: 0,
        in_sync_ratio: 1,
        coverage: 1,
        incidents: 0,
        median_time_to_resolve_s: null,
      },
      {
        repo: 'web',
        server: 'a',
        label: null,
        period_start: iso('03-01T00:00:00'),
        period_end: iso('04-01T00:00:00'),
        complete: true,
        tracked_s: day(16),
        synced_s: day(15.5),
        out_of_sync_s: day(0.5),
        unknown_s: 0,
        stale_s: 0,
        in_sync_ratio: 15.5 / 16,
        coverage: 1,
        incidents: 1,
        median_time_to_resolve_s: null,
      },
      expect.objectContaining({
        period_start: iso('04-01T00:00:00'),
        out_of_sync_s: day(0.5),
        incidents: 0,
        median_time_to_resolve_s: day(1),
      }),
    ]);
  });

  test('begins with the first instant of the month in a zone', async () => {
    const rows = await months('&tz=Europe/Berlin&group_by=all');
    expect(rows.map(({ period_start, period_end }) => [period_start, period_end])).toEqual([
      [iso('02-28T23:00:00'), iso('03-31T22:00:00')],
      [iso('03-31T22:00:00'), iso('04-30T22:00:00')],
    ]);
    expect(rows.map(({ out_of_sync_s }) => out_of_sync_s)).toEqual([10 * 3600, 14 * 3600]);
  });

  test('adds up by the value of a label, those without it last', async () => {
    const rows = await months('&group_by=label:env&month=2026-04');
    expect(rows.map(({ label, repo, tracked_s }) => [label, repo, tracked_s])).toEqual([
      ['prod', null, 20 * DAY_S],
      [null, null, 10 * DAY_S],
    ]);
  });

  test('counts a target until it was deleted, and its incidents', async () => {
    await service.service.store.deleteTarget({ repo: 'web', server: 'a' }, { purge: false });
    service.now = at('05-21T00:00:00');
    const rows = await months('&repo=web');
    expect(rows.map(({ tracked_s, incidents }) => [tracked_s, incidents])).toEqual([
      [16 * DAY_S, 1],
      [20 * DAY_S, 0],
    ]);
    expect(await months('&repo=web&month=2026-05')).toEqual([]);
  });

  test('changes a month that is over with a late report', async () => {
    const late = {
      repo: 'web',
      server: 'a',
      expected_interval_s: 2_678_400,
      last_check: iso('03-30T12:00:00'),
    };
    await service.post(aDrift(['x'], late));
    expect(await months('&repo=web&month=2026-03')).toMatchObject([{ out_of_sync_s: 1.5 * DAY_S }]);
  });

  test.each([
    ['&month=2026-03', ['03']],
    ['&from=2026-04-01T00:00:00Z', ['04']],
    ['&to=2026-04-01T00:00:00Z', ['03']],
    ['&from=2026-03-31T23:00:00Z&tz=Europe/Berlin', ['03']],
    ['&from=2026-04-01T00:00:00Z&to=2026-04-01T00:00:00Z', []],
  ])('has the months for %s', async (query, expected) => {
    const found = await months(`&repo=web${query}`);
    const starts = found.map(({ period_start }) => String(period_start).slice(5, 7));
    expect(starts.slice(0, expected.length)).toEqual(expected);
  });

  test('has the worst first if asked for, and is available as CSV', async () => {
    expect((await months('&month=2026-04&sort=worst')).map(({ repo }) => repo)).toEqual(['web', 'db']);
    const csv = await (await service.get('/api/v1/compliance?period=month&month=2026-03&format=csv')).text();
    expect(csv.split('\r\n')).toEqual([
      expect.stringMatching(/^repo,server,tracked_s,.*,label,period_start,period_end,complete$/),
      expect.stringMatching(/^web,a,1382400,.*,,2026-03-01T00:00:00.000Z,2026-04-01T00:00:00.000Z,true$/),
      '',
    ]);
  });

  test.each([
    ['period=week', 'period', /must be month/],
    ['period=month&tz=Mars/Olympus', 'tz', /Mars\/Olympus is not a zone of the IANA database/],
    ['period=month&tz=%2B01:00', 'tz', /is not a zone/],
    ['period=month&month=2026-13', 'month', /must be a month such as 2026-11/],
    ['period=month&month=2026-05', 'month', /has not begun yet/],
    ['period=month&month=2026-03&from=now-1d', 'month', /cannot be combined with from or to/],
    ['period=month&from=2020-01-01T00:00:00Z', 'from', /more than 61 months/],
    ['period=month&group_by=label:', 'group_by', /label:KEY/],
    ['group_by=server', 'group_by', /must be one of target, repo, all, or label:KEY/],
    ['group_by=label:env', 'group_by', /needs period=month/],
    ['tz=Europe/Berlin', 'tz', /needs period=month/],
    ['month=2026-03', 'month', /needs period=month/],
  ])('refuses %s, and says what is wrong', async (query, parameter, detail) => {
    const problem = await problemOf(await service.get(`/api/v1/compliance?${query}`));
    expect([problem.status, problem.errors]).toEqual([
      422,
      [{ parameter, detail: expect.stringMatching(detail) }],
    ]);
  });
});

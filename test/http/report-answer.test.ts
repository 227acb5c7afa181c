import { beforeEach, describe, expect, test } from 'vitest';
import { DAY, HOUR, MINUTE, NOON } from '../fixtures.ts';
import { aBody, aDrift, iso, startService, type TestService } from './service.ts';

let at: TestService;
beforeEach(() => {
  at = startService();
});

const answerTo = async (body: unknown) => (await at.post(body)).json();

describe('a report with its own validity', () => {
  test('is valid for as long as it says, whatever its interval is', async () => {
    const body = aBody({ stale_after_s: 3600, expected_interval_s: 60 });
    expect(await answerTo(body)).toMatchObject({ stale_at: iso(NOON + HOUR) });
    expect(await answerTo(body)).not.toHaveProperty('warnings');
  });

  test('is valid for 7 days at most, and the answer says so', async () => {
    const sevenDays = 7 * 86_400;
    expect(await answerTo(aBody({ stale_after_s: sevenDays }))).not.toHaveProperty('warnings');
    expect(await answerTo(aBody({ server: 'b', stale_after_s: sevenDays + 1 }))).toMatchObject({
      stale_at: iso(NOON + 7 * DAY),
      warnings: ['stale_after_s is 604801, more than 7 days: 604800 is used.'],
    });
    expect(await at.json('/api/v1/reports?server=b')).toMatchObject({
      rows: [{ stale_after_s: sevenDays + 1 }],
    });
  });
});

describe('a report from a clock that is ahead', () => {
  const ahead = () => aBody({ last_check: iso(NOON + 2500) });

  test('counts from its arrival, is given back as posted, and the answer says how far the clock is ahead', async () => {
    expect(await answerTo(ahead())).toMatchObject({
      last_check: iso(NOON + 2500),
      stale_at: iso(NOON + 10 * MINUTE),
      warnings: [
        "last_check is 2.5 s ahead of the server's clock: the report counts as checked at 2026-04-21T12:00:00.000Z. " +
          'Set the clock of the machine that ran the check.',
      ],
    });
    expect(await at.json('/api/v1/reports')).toMatchObject({ rows: [{ last_check: iso(NOON + 2500) }] });
  });

  test('is recognised again, even when the clock has come as far, and gets the warning again', async () => {
    const first = await answerTo(ahead());
    at.now += MINUTE;
    expect(await answerTo(ahead())).toEqual({ ...Object(first), recorded: 'duplicate' });
  });

  test('does not make an earlier SYNCED look newer: it is ordered before it, and the answer says why', async () => {
    await at.post(aDrift(['a'], { last_check: iso(NOON + MINUTE) }));
    at.now += 40_000;
    const late = await answerTo(aBody({ last_check: iso(NOON + 30_000) }));
    expect(late).toMatchObject({
      change: 'late',
      warnings: [expect.stringMatching(/^The target already has a newer report\. .* 30\.001 s/)],
    });
    expect(await at.json('/status.json')).toMatchObject([{ state: 'OUT_OF_SYNC' }]);
  });
});

describe('equal reports', () => {
  test.each([
    ['commit', { commit: 'abc' }],
    ['error', { error: 'another' }],
    ['error_kind', { error_kind: 'another' }],
    ['drift_count', { drift_count: 3 }],
  ])('differ with another %s', async (_, other) => {
    const drift = aDrift(['a'], { error: 'half', error_kind: 'partial' });
    expect((await at.post(drift)).status).toBe(201);
    expect((await at.post({ ...drift, ...other })).status).toBe(201);
    expect((await at.post({ ...drift, ...other })).status).toBe(200);
    expect((await at.post(drift)).status).toBe(200);
  });

  test.each([
    ['run_url', { run_url: 'https://ci.example/2' }],
    ['check', { check: 'nightly' }],
    ['labels', { labels: { env: 'lab' } }],
    ['the order of files', { files: [{ name: 'b' }, { name: 'a' }, { name: 'b' }] }],
  ])('stay equal with another %s', async (_, other) => {
    await at.post(aDrift(['a', 'b']));
    expect(await answerTo(aDrift(['a', 'b'], other))).toMatchObject({ recorded: 'duplicate' });
  });

  test('may write a commit in capital letters', async () => {
    await at.post(aBody({ commit: 'c0ffee' }));
    expect(await answerTo(aBody({ commit: 'C0FFEE' }))).toMatchObject({ recorded: 'duplicate' });
    expect(await at.json('/api/v1/reports')).toMatchObject({ rows: [{ commit: 'c0ffee' }] });
  });
});

describe('the labels of a target', () => {
  const labels = async () => Object((await at.service.store.statuses({}))[0]).labels;
  const later = (minute: number, fields: object) =>
    aBody({ last_check: iso(NOON + minute * MINUTE), ...fields });

  test('are those of its newest report that has any; {} clears them', async () => {
    at.now += HOUR;
    await at.post(later(10, { labels: { env: 'prod', team: 'ops' } }));
    expect(await labels()).toEqual({ env: 'prod', team: 'ops' });
    await at.post(later(20, {}));
    await at.post(later(21, { labels: null }));
    await at.post(later(5, { labels: { env: 'old' } }));
    expect(await labels()).toEqual({ env: 'prod', team: 'ops' });
    await at.post(later(30, { labels: { env: 'lab' } }));
    expect(await labels()).toEqual({ env: 'lab' });
    await at.post(later(40, { labels: {} }));
    expect(await labels()).toEqual({});
  });

  test('are one column of a CSV', async () => {
    await at.post(aBody({ labels: { env: 'prod', team: 'ops' }, after_deploy: true }));
    const [header = '', row = ''] = (await (await at.get('/api/v1/reports?format=csv')).text()).split('\r\n');
    const cells = row.split(',');
    expect(cells[header.split(',').indexOf('labels')]).toBe('env=prod; team=ops');
    expect(cells[header.split(',').indexOf('after_deploy')]).toBe('true');
  });
});

describe('how many files differ', () => {
  test.each([
    [{ sync_status: 'SYNCED' }, 0],
    [{ sync_status: 'OUT_OF_SYNC' }, null],
    [{ sync_status: 'OUT_OF_SYNC', drift_count: 0 }, null],
    [{ sync_status: 'UNKNOWN', drift_count: 0, files: [] }, null],
    [{ sync_status: 'UNKNOWN', drift_count: 2 }, 2],
    [
      {
        sync_status: 'OUT_OF_SYNC',
        files: [
          { name: 'a', path: '/1' },
          { name: 'a', path: '/2' },
        ],
      },
      2,
    ],
    [{ sync_status: 'OUT_OF_SYNC', files: [{ name: 'a' }, { name: 'a' }] }, 1],
  ])('of %j is %j', async (fields, count) => {
    await at.post(aBody(fields));
    expect(await at.json('/api/v1/reports')).toMatchObject({ rows: [{ drift_count: count }] });
  });
});

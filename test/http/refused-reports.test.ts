import { beforeEach, describe, expect, test } from 'vitest';
import { DAY, MINUTE, NOON } from '../fixtures.ts';
import { aBody, iso, problemOf, startService, type TestService } from './service.ts';

let at: TestService;
beforeEach(() => {
  at = startService();
});

describe('an impossible report', () => {
  const longName = 'x'.repeat(256);
  test.each([
    ['no repo', { repo: undefined }, '/repo'],
    ['a repo with a comma', { repo: 'a,b' }, '/repo'],
    ['a repo that begins with a dash', { repo: '-a' }, '/repo'],
    ['a server that is too long', { server: longName }, '/server'],
    ['a server that is a number', { server: 7 }, '/server'],
    ['no sync_status', { sync_status: undefined }, '/sync_status'],
    ['a sync_status of its own', { sync_status: 'synced' }, '/sync_status'],
    ['a negative drift_count', { drift_count: -1 }, '/drift_count'],
    ['half a drift', { drift_count: 0.5 }, '/drift_count'],
    ['SYNCED with a drift_count', { drift_count: 1 }, '/drift_count'],
    ['SYNCED with files', { files: [{ name: 'a' }] }, '/files'],
    ['SYNCED with an error', { error: 'e' }, '/error'],
    ['SYNCED with a kind of error', { error_kind: 'partial' }, '/error_kind'],
    ['a file without a name', { sync_status: 'OUT_OF_SYNC', files: [{ name: 'a' }, {}] }, '/files/1/name'],
    ['a file with an empty name', { sync_status: 'OUT_OF_SYNC', files: [{ name: '' }] }, '/files/0/name'],
    [
      'a file name with a newline',
      { sync_status: 'OUT_OF_SYNC', files: [{ name: 'a\nb' }] },
      '/files/0/name',
    ],
    [
      'a file name of 4,097 characters',
      { sync_status: 'OUT_OF_SYNC', files: [{ name: 'x'.repeat(4097) }] },
      '/files/0/name',
    ],
    ['files as text', { sync_status: 'OUT_OF_SYNC', files: 'a' }, '/files'],
    ['no last_check', { last_check: undefined }, '/last_check'],
    ['a last_check without an offset', { last_check: '2026-04-21T12:00:00' }, '/last_check'],
    ['a last_check that is only a date', { last_check: '2026-04-21' }, '/last_check'],
    ['a last_check on a day that is none', { last_check: '2026-02-30T00:00:00Z' }, '/last_check'],
    [
      'a last_check of ten digits of a second',
      { last_check: '2026-04-21T12:00:00.1234567890Z' },
      '/last_check',
    ],
    ['a last_check as a number', { last_check: NOON }, '/last_check'],
    ['a last_check from the future', { last_check: iso(NOON + 5 * MINUTE + 1) }, '/last_check'],
    ['an interval of nothing', { expected_interval_s: 0 }, '/expected_interval_s'],
    ['an interval of more than 31 days', { expected_interval_s: 2_678_401 }, '/expected_interval_s'],
    ['a grace of nothing', { stale_after_s: 0 }, '/stale_after_s'],
    ['half a second of grace', { stale_after_s: 0.5 }, '/stale_after_s'],
    ['a check of 256 characters', { check: longName }, '/check'],
    ['a check on two lines', { check: 'a\nb' }, '/check'],
    ['taking over in words', { takes_over: 'yes' }, '/takes_over'],
    ['a deploy in words', { after_deploy: 'yes' }, '/after_deploy'],
    ['labels in a list', { labels: ['env'] }, '/labels'],
    ['a label with a capital letter', { labels: { Env: 'prod' } }, '/labels/Env'],
    [
      'a label whose name is too long',
      { labels: { [`a${'x'.repeat(63)}`]: 'v' } },
      `/labels/a${'x'.repeat(63)}`,
    ],
    ['a label of nothing', { labels: { env: '' } }, '/labels/env'],
    ['a label of 256 characters', { labels: { env: longName } }, '/labels/env'],
    ['a label on two lines', { labels: { env: 'a\u0085b' } }, '/labels/env'],
    ['a label that is a number', { labels: { env: 7 } }, '/labels/env'],
    [
      '17 labels',
      { labels: Object.fromEntries([...'abcdefghijklmnopq'].map((key) => [key, 'v'])) },
      '/labels',
    ],
    ['a run_url that is a script', { run_url: 'javascript:alert(1)' }, '/run_url'],
    ['a run_url that is too long, once,', { run_url: 'x'.repeat(4097) }, '/run_url'],
    ['a negative duration', { duration_ms: -1 }, '/duration_ms'],
    ['a commit that is a number', { commit: 7 }, '/commit'],
  ])('%s is refused with a pointer to it', async (_, fields, pointer) => {
    const answer = await at.post(aBody(fields));
    expect(answer.status).toBe(422);
    const problem = await problemOf(answer);
    expect(problem).toMatchObject({ type: 'urn:gitops-status-server:problem:invalid', status: 422 });
    expect(problem.errors?.map((error) => error.pointer)).toEqual([pointer]);
    expect(await at.json('/status.json')).toEqual([]);
  });

  test('the error for a clock that runs ahead names it beside ours', async () => {
    const answer = await at.post(aBody({ last_check: '2026-04-21T13:00:00Z' }));
    expect((await problemOf(answer)).detail).toMatch(/2026-04-21T13:00:00.000Z.*2026-04-21T12:00:00.000Z/);
  });

  test('one from before the stored reports is refused, after that time was pruned', async () => {
    const old = aBody({ server: 'old', last_check: iso(NOON - 91 * DAY) });
    expect((await at.post([old, aBody({ server: 'other' })])).status).toBe(201);
    const horizon = NOON - 90 * DAY;
    const horizons = { reportsBefore: horizon, historyBefore: 0, eventsBefore: 0, actionsBefore: 0 };
    for (let pass = 0; pass < 2; pass++) for await (const _ of at.service.store.prune(horizons, 1000));
    const answer = await at.post(aBody({ last_check: iso(NOON - 91 * DAY) }));
    const problem = await problemOf(answer);
    expect(problem).toMatchObject({
      status: 422,
      detail: expect.stringContaining('older than the stored reports'),
    });
    expect(problem.errors?.map(({ pointer }) => pointer)).toEqual(['/last_check']);
  });

  test('every one in an array has a pointer', async () => {
    const ahead = { last_check: iso(NOON + 6 * MINUTE) };
    const answer = await at.post([aBody({ server: 'a', ...ahead }), aBody({ server: 'b' }), aBody(ahead)]);
    const problem = await problemOf(answer);
    expect(problem.errors?.map(({ pointer }) => pointer)).toEqual(['/0/last_check', '/2/last_check']);
    expect(problem.detail).toMatch(/more than 5 minutes ahead.*\(and 1 more\)$/);
    expect(await at.json('/status.json')).toEqual([]);
  });

  test('one with too deep a nesting is refused without recursion', async () => {
    const doll = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const answer = await at.post(JSON.stringify(aBody()).replace('}', `,"doll":${doll}}`));
    expect(answer.status).toBe(422);
  });

  test('ten thousand files are accepted, one more is not', async () => {
    const files = Array.from({ length: 10_001 }, (_, i) => ({ name: `f${i}` }));
    const drift = { sync_status: 'OUT_OF_SYNC' };
    expect((await at.post(aBody({ ...drift, files: files.slice(1) }))).status).toBe(201);
    expect((await at.post(aBody({ ...drift, files }))).status).toBe(422);
  });
});

import { beforeEach, describe, expect, test } from 'vitest';
import { MINUTE, NOON } from '../fixtures.ts';
import { iso, problemOf, startService, type TestService } from './service.ts';

let at: TestService;
beforeEach(() => {
  at = startService();
});

const SYNCED = 'gitops_sync_status{repo="rsyslog",server="rsyslog-lab"} 1\n';
const DRIFTED = SYNCED.replace(' 1', ' 0');

const push = async (body: string, path = '/metrics/job/drift', init: RequestInit = {}) =>
  at.service.app.request(path, {
    method: 'POST',
    headers: { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' },
    body,
    ...init,
  });

interface Reports {
  readonly rows: readonly { repo: string; server: string; sync_status: string; last_check: string }[];
}
const reports = async () => ((await at.json('/api/v1/reports')) as Reports).rows;

describe('a push of gitops_sync_status', () => {
  test.each(['PUT', 'POST'])('by %s is a report that was checked when it arrived', async (method) => {
    const help = '# HELP gitops_sync_status In sync?\n# TYPE gitops_sync_status gauge\n\n';
    const answer = await push(help + SYNCED, '/metrics/job/drift/instance/ci-1', { method });
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe('');
    expect(await at.json('/api/v1/reports')).toEqual({
      rows: [
        {
          repo: 'rsyslog',
          server: 'rsyslog-lab',
          sync_status: 'SYNCED',
          drift_count: 0,
          files: [],
          last_check: iso(NOON),
          check: 'job=drift',
          tool: 'pushgateway',
          labels: { job: 'drift', instance: 'ci-1' },
          received_at: iso(NOON),
        },
      ],
      next_cursor: null,
    });
  });

  test('of 0 is a drift of nobody knows how many files, and goes stale like any other', async () => {
    await push(DRIFTED);
    expect(await at.json('/status.json')).toMatchObject([{ state: 'OUT_OF_SYNC', drift_count: null }]);
    expect(await at.json('/api/v1/reports')).toMatchObject({ rows: [{ drift_count: null, files: [] }] });
    at.now += 10 * MINUTE;
    expect(await at.json('/status.json')).toMatchObject([{ state: 'STALE' }]);
  });

  test.each([
    ['in the path', '/metrics/job/drift/repo/rsyslog/server/lab', 'gitops_sync_status 1\n'],
    [
      'in base64',
      '/metrics/job@base64/YS9i/repo@base64/cnN5c2xvZw==/server@base64/bGFi',
      'gitops_sync_status 1',
    ],
    ['percent-encoded', '/metrics/job/drift/server/%6Cab', 'gitops_sync_status{repo="rsyslog"} 1.0\n'],
    [
      'in both: the path wins',
      '/metrics/job/a/server/lab/',
      'gitops_sync_status{server="b",repo="rsyslog",} 1e0\n',
    ],
  ])('may name its target %s', async (_, path, body) => {
    expect((await push(body, path)).status).toBe(200);
    expect(await reports()).toMatchObject([{ repo: 'rsyslog', server: 'lab', sync_status: 'SYNCED' }]);
  });

  test('may be about many servers at once: all of them or none', async () => {
    const [a, b] = ['a', 'b'].map((server) => `gitops_sync_status{server="${server}"} 1\n`);
    expect((await push(`${a}${b}`, '/metrics/job/drift/repo/r')).status).toBe(200);
    expect((await push(`${a}gitops_sync_status{server="c d"} 1\n`, '/metrics/job/drift/repo/r')).status).toBe(
      422,
    );
    expect(await reports()).toMatchObject([{ server: 'b' }, { server: 'a' }]);
  });

  test('is neither lost to another one of the same millisecond, nor put before it', async () => {
    for (const body of [SYNCED, SYNCED, DRIFTED, SYNCED, DRIFTED, DRIFTED]) await push(body);
    expect((await reports()).map((row) => row.sync_status).toReversed()).toEqual([
      'SYNCED',
      'SYNCED',
      'OUT_OF_SYNC',
      'SYNCED',
      'OUT_OF_SYNC',
      'OUT_OF_SYNC',
    ]);
    const together = await Promise.all([SYNCED, SYNCED, SYNCED].map((body) => push(body)));
    expect(together.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await reports()).toHaveLength(9);
  });

  test('counts from its arrival also where the clock was turned back in between', async () => {
    await push(SYNCED);
    at.now -= MINUTE;
    await push(DRIFTED);
    expect(await at.json('/status.json')).toMatchObject([{ state: 'OUT_OF_SYNC' }]);
  });

  test.each([['application/x-www-form-urlencoded'], ['text/plain'], [undefined]])(
    'may be declared as %s',
    async (type) => {
      const body = new TextEncoder().encode(SYNCED);
      const init = { headers: type === undefined ? {} : { 'Content-Type': type } };
      expect((await push(SYNCED, undefined, { ...init, body })).status).toBe(200);
    },
  );
});

describe('a push that cannot be taken', () => {
  test.each([
    [
      'another metric',
      `${SYNCED}job_duration_seconds 3\n`,
      'Line 2 is job_duration_seconds: only gitops_sync_status',
    ],
    ['another value', 'gitops_sync_status{repo="a",server="b"} 0.5', 'UNKNOWN to /api/v1/reports'],
    ['no number', 'gitops_sync_status{repo="a",server="b"} NaN', 'another value than 1'],
    ['a number of another language', 'gitops_sync_status{repo="a",server="b"} 0x1', 'is no sample'],
    ['a label twice', 'gitops_sync_status{repo="a",repo="c",server="b"} 1', 'is no sample'],
    ['labels without a comma', 'gitops_sync_status{repo="a"server="b"} 1', 'is no sample'],
    ['two commas', 'gitops_sync_status{repo="a",,server="b"} 1', 'is no sample'],
    ['no repo', 'gitops_sync_status{server="b"} 1', 'no label "repo": give it in the sample, or in the path'],
    ['no server', 'gitops_sync_status{repo="b",server=""} 1', 'no label "server"'],
    ['a name that none can have', 'gitops_sync_status{repo="a b",server="b"} 1', 'repo="a b"'],
    ['a timestamp', 'gitops_sync_status{repo="a",server="b"} 1 1776772800000', 'leave it out'],
    [
      'the same target twice',
      `${SYNCED}${DRIFTED}`,
      'Line 2 says gitops_sync_status of rsyslog rsyslog-lab again',
    ],
    ['no sample', '# TYPE gitops_sync_status gauge\n', 'no sample in the body'],
    ['nothing', '', 'no sample in the body'],
    ['JSON', '{"repo":"a"}', 'Line 1 is no sample in the text format'],
    ['an open brace', 'gitops_sync_status{repo="a" 1', 'Line 1 is no sample'],
    ['an open quote', 'gitops_sync_status{repo="a} 1', 'Line 1 is no sample'],
    ['no value', 'gitops_sync_status{repo="a",server="b"}', 'Line 1 is no sample'],
  ])('because of %s says so', async (_, body, detail) => {
    expect(await problemOf(await push(body))).toMatchObject({
      status: 422,
      detail: expect.stringContaining(detail),
    });
    expect(await reports()).toEqual([]);
  });

  test.each([
    ['/metrics/job/', 'the last label has no value'],
    ['/metrics/job@base64/=', 'the job has no name'],
    ['/metrics/job/drift/repo', 'the last label has no value'],
    ['/metrics/job/drift/re-po/a', '"re-po" cannot be the name of a label'],
    ['/metrics/job/drift/__name__/a', '"__name__" cannot'],
    ['/metrics/job/drift/repo@base64/a+b', 'is not base64url'],
    ['/metrics/job/drift/repo/%ff', 'is not percent-encoded'],
  ])('because of the path %s says so', async (path, detail) => {
    const answer = await problemOf(await push(SYNCED, path));
    expect(answer).toMatchObject({ status: 422, detail: expect.stringContaining(detail) });
  });

  test.each([
    [{ 'Content-Type': 'application/vnd.google.protobuf; encoding=delimited' }, 'expfmt.FmtText'],
    [{ 'Content-Type': 'text/plain', 'Content-Encoding': 'br' }, 'as it is'],
  ])('because of %j says so', async (headers, detail) => {
    const answer = await problemOf(await push(SYNCED, undefined, { headers }));
    expect(answer).toMatchObject({ status: 415, detail: expect.stringContaining(detail) });
  });

  test.each([
    ['Origin', 'https://evil.example'],
    ['Origin', 'null'],
    ['Sec-Fetch-Site', 'cross-site'],
  ])('because a page in a browser sent it (%s: %s) is refused: nothing is recorded', async (name, value) => {
    const answer = await push(SYNCED, '/metrics/job/drift', {
      headers: { 'Content-Type': 'text/plain', [name]: value },
    });
    expect(await problemOf(answer)).toMatchObject({ status: 403 });
    expect(await reports()).toEqual([]);
  });

  test('because it is larger than one report may be says so', async () => {
    const small = startService({ GITOPS_STATUS_MAX_REPORT_SIZE: '64' });
    const init = { method: 'PUT', headers: { 'Content-Type': 'text/plain' }, body: SYNCED.repeat(2) };
    const answer = await small.service.app.request('/metrics/job/drift', init);
    expect(await problemOf(answer)).toMatchObject({ status: 413 });
  });

  test('is refused in time that grows no faster than its size', async () => {
    const blanks = ' '.repeat(200_000);
    for (const body of [`gitops_sync_status{a="b"${blanks}!`, `${blanks}!`, `a${blanks}b${blanks}c d`]) {
      expect((await push(body)).status).toBe(422);
    }
  });
});

describe('deleting a group', () => {
  test('is accepted as by Pushgateway, and forgets nothing', async () => {
    await push(SYNCED);
    const answer = await push('', '/metrics/job/drift/repo/rsyslog', { method: 'DELETE', body: null });
    expect(answer.status).toBe(202);
    expect(await answer.text()).toContain('DELETE /api/v1/targets');
    expect(await reports()).toHaveLength(1);
  });
});

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

  test('of 0 is a drift with an unknown number of files, and goes stale like any other', async () => {
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

  test('counts from its arrival even if the clock was turned back in between', async () => {
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

describe('a push of other metrics beside gitops_sync_status', () => {
  const OTHERS = [
    'process_cpu_user_seconds_total 0.015625',
    'nodejs_version_info{version="v20.19.0",major="20"} 1',
    'drift_last_success_timestamp_seconds 1.7767728e+09 1776772800000',
    'drift_seconds_bucket{le="+Inf"} 3',
    'odd Nan',
    'odder -Infinity',
    '{"drift.seconds","check.name"="nightly"} 3',
  ];

  test('is recorded: the others are left out, and counted', async () => {
    const body = [...OTHERS.slice(0, 3), SYNCED.trim(), ...OTHERS.slice(3)].join('\n');
    expect((await push(`${body}\n`)).status).toBe(200);
    expect(await reports()).toMatchObject([{ server: 'rsyslog-lab', sync_status: 'SYNCED' }]);
    const metrics = await (await at.get('/metrics')).text();
    expect(metrics).toContain(`\ngitops_status_server_ignored_push_samples_total ${OTHERS.length}\n`);
    expect(metrics).not.toContain('drift_last_success');
  });

  test('is refused if the others are no metrics at all', async () => {
    expect((await push(`${SYNCED}not a metric at all\n`)).status).toBe(400);
    expect(await reports()).toEqual([]);
  });

  test('counts none before the first', async () => {
    expect(await (await at.get('/metrics')).text()).toContain(
      '\ngitops_status_server_ignored_push_samples_total 0\n',
    );
  });
});

describe('the interval of a push', () => {
  const stateAfter = async (ms: number) => {
    at.now = NOON + ms;
    return ((await at.json('/status.json')) as { server: string; state: string }[]).map(
      ({ server, state }) => `${server} ${state}`,
    );
  };
  const INTERVAL = 'gitops_expected_interval_seconds';

  test.each([
    ['of the whole push', '/metrics/job/drift', `${INTERVAL} 3600\n`],
    ['of its repo', '/metrics/job/drift', `${INTERVAL}{repo="rsyslog"} 3.6e3\n${INTERVAL}{repo="other"} 1\n`],
    ['of its server', '/metrics/job/drift', `${INTERVAL}{server="rsyslog-lab"} 3600\n${INTERVAL} 1\n`],
    ['of its target', '/metrics/job/drift', `${INTERVAL}{repo="rsyslog",server="rsyslog-lab"} 3600\n`],
    ['of the group in the path', '/metrics/job/drift/repo/rsyslog/server/rsyslog-lab', `${INTERVAL} 3600\n`],
  ])('%s says when the next one is due', async (_, path, body) => {
    expect((await push(body + SYNCED, path)).status).toBe(200);
    expect(await stateAfter(179 * MINUTE)).toEqual(['rsyslog-lab SYNCED']);
    expect(await stateAfter(180 * MINUTE)).toEqual(['rsyslog-lab STALE']);
    expect(await at.json('/api/v1/reports')).toMatchObject({ rows: [{ expected_interval_s: 3600 }] });
  });

  test('comes from the setting if the push states none', async () => {
    at = startService({ GITOPS_STATUS_PUSH_INTERVAL: '1h' });
    await push(SYNCED);
    await push(`${INTERVAL} 600\n${SYNCED.replace('rsyslog-lab', 'stated')}`);
    await at.post({ repo: 'a', server: 'posted', sync_status: 'SYNCED', last_check: iso(NOON) });
    expect(await stateAfter(10 * MINUTE)).toEqual(['posted STALE', 'rsyslog-lab SYNCED', 'stated SYNCED']);
    expect(await stateAfter(30 * MINUTE)).toEqual(['posted STALE', 'rsyslog-lab SYNCED', 'stated STALE']);
    expect(await stateAfter(180 * MINUTE)).toEqual(['posted STALE', 'rsyslog-lab STALE', 'stated STALE']);
  });

  test.each([
    ['0', 'not a whole number of seconds from 1 to 2678400'],
    ['0.5', 'not a whole number of seconds'],
    ['2678401', 'not a whole number of seconds'],
    ['NaN', 'not a whole number of seconds'],
    [`3600\n${INTERVAL} 60`, 'Line 3 has gitops_expected_interval_seconds a second time', 400],
    ['3600 1776772800000', 'Line 2 has a timestamp', 400],
  ])('of %s is refused', async (value, detail, status = 422) => {
    const answer = await problemOf(await push(`${SYNCED}${INTERVAL} ${value}\n`));
    expect(answer).toMatchObject({ status, detail: expect.stringContaining(detail) });
    expect(await reports()).toEqual([]);
  });
});

describe('a push that cannot be accepted', () => {
  test.each([
    ['another value', 'gitops_sync_status{repo="a",server="b"} 0.5', 'UNKNOWN to /api/v1/reports'],
    ['no number', 'gitops_sync_status{repo="a",server="b"} NaN', 'neither 1'],
    ['no repo', 'gitops_sync_status{server="b"} 1', 'no label "repo": give it in the sample, or in the path'],
    ['no server', 'gitops_sync_status{repo="b",server=""} 1', 'no label "server"'],
    ['a name that none can have', 'gitops_sync_status{repo="a b",server="b"} 1', 'repo="a b"'],
  ])('because of %s says so', async (_, body, detail) => {
    expect(await problemOf(await push(body))).toMatchObject({
      status: 422,
      detail: expect.stringContaining(detail),
    });
    expect(await reports()).toEqual([]);
  });

  test.each([
    ['a number of another language', 'gitops_sync_status{repo="a",server="b"} 0x1', 'is not a sample'],
    ['a label twice', 'gitops_sync_status{repo="a",repo="c",server="b"} 1', 'is not a sample'],
    ['labels without a comma', 'gitops_sync_status{repo="a"server="b"} 1', 'is not a sample'],
    ['two commas', 'gitops_sync_status{repo="a",,server="b"} 1', 'is not a sample'],
    ['no sample', '# TYPE gitops_sync_status gauge\n', 'There is no gitops_sync_status in the body: push'],
    ['nothing', '', 'There is no gitops_sync_status in the body: push'],
    ['JSON', '{"repo":"a"}', 'Line 1 is not a sample in the text format'],
    ['an open brace', 'gitops_sync_status{repo="a" 1', 'Line 1 is not a sample'],
    ['an open quote', 'gitops_sync_status{repo="a} 1', 'Line 1 is not a sample'],
    ['no value', 'gitops_sync_status{repo="a",server="b"}', 'Line 1 is not a sample'],
    ['a timestamp', 'gitops_sync_status{repo="a",server="b"} 1 1776772800000', 'leave it out'],
    [
      'the same target twice',
      `${SYNCED}${DRIFTED}`,
      'Line 2 has gitops_sync_status of rsyslog rsyslog-lab a second time',
    ],
    ['two names', '{"a","b"} 1', 'is not a sample'],
    [
      'other metrics only',
      'backup_seconds 3\nbackup_files 4\n',
      'There is no gitops_sync_status in the body, only other metrics (2)',
    ],
  ])('because of %s is unreadable, and says so', async (_, body, detail) => {
    expect(await problemOf(await push(body))).toMatchObject({
      status: 400,
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
    expect(answer).toMatchObject({ status: 400, detail: expect.stringContaining(detail) });
  });

  test.each([
    [{ 'Content-Type': 'application/vnd.google.protobuf; encoding=text' }, 'or delimited protobuf'],
    [{ 'Content-Type': 'text/plain', 'Content-Encoding': 'br' }, 'as it is'],
  ])('because of %j says so', async (headers, detail) => {
    const answer = await problemOf(await push(SYNCED, undefined, { headers }));
    expect(answer).toMatchObject({ status: 415, detail: expect.stringContaining(detail) });
  });

  test.each([
    ['Origin', 'https://evil.example'],
    ['Origin', 'null'],
    ['Sec-Fetch-Site', 'cross-site'],
  ])('from a page in a browser (%s: %s) is refused: nothing is recorded', async (name, value) => {
    const answer = await push(SYNCED, '/metrics/job/drift', {
      headers: { 'Content-Type': 'text/plain', [name]: value },
    });
    expect(await problemOf(answer)).toMatchObject({ status: 403 });
    expect(await reports()).toEqual([]);
  });

  test('larger than one report may be says so', async () => {
    const small = startService({ GITOPS_STATUS_MAX_REPORT_SIZE: '64' });
    const init = { method: 'PUT', headers: { 'Content-Type': 'text/plain' }, body: SYNCED.repeat(2) };
    const answer = await small.service.app.request('/metrics/job/drift', init);
    expect(await problemOf(answer)).toMatchObject({ status: 413 });
  });

  test('is refused in time that grows no faster than its size', async () => {
    const blanks = ' '.repeat(200_000);
    for (const body of [`gitops_sync_status{a="b"${blanks}!`, `${blanks}!`, `a${blanks}b${blanks}c d`]) {
      expect((await push(body)).status).toBe(400);
    }
  });
});

import { beforeEach, describe, expect, test } from 'vitest';
import { MINUTE, NOON } from '../fixtures.ts';
import { iso, problemOf, startService, type TestService } from './service.ts';
import { aToken } from './tokens.ts';

let at: TestService;
beforeEach(() => {
  at = startService();
});

const GROUP = '/metrics/job/drift/instance/ci-1';
const LAB = 'repo="rsyslog",server="lab"';
const PUSHED = 'instance="ci-1",job="drift"';

const send = async (method: string, path: string, body?: string, headers: Record<string, string> = {}) =>
  at.service.app.request(path, {
    method,
    headers: { 'Content-Type': 'text/plain', ...headers },
    ...(body === undefined ? {} : { body }),
  });
const push = (value: 0 | 1, path = GROUP, server = 'lab') =>
  send('POST', path, `gitops_sync_status{repo="rsyslog",server="${server}"} ${value}\n`);

/** The samples about targets and groups. */
const series = async () =>
  (await (await at.get('/metrics')).text())
    .split('\n')
    .filter((line) => /^(?:gitops_(?!status_server)|push_time)/.test(line));
const namesOf = async () => (await series()).map((line) => line.replace(/[{ ].*/, ''));

describe('the samples of a push in /metrics', () => {
  test('are its job and instance only on gitops_sync_status, and the time of its group', async () => {
    await push(1);
    expect(await series()).toEqual([
      `gitops_sync_status{${LAB},${PUSHED}} 1`,
      `gitops_state{${LAB},state="SYNCED"} 1`,
      `gitops_drift_files{${LAB}} 0`,
      `gitops_last_report_timestamp_seconds{${LAB}} ${NOON / 1000}`,
      `gitops_incident_open_since_timestamp_seconds{${LAB}} 0`,
      `push_time_seconds{${PUSHED}} ${NOON / 1000}`,
    ]);
    at.now += MINUTE;
    await push(0);
    expect(await series()).toContain(`push_time_seconds{${PUSHED}} ${(NOON + MINUTE) / 1000}`);
  });

  test('disappear once something else reports about the target', async () => {
    await push(1);
    at.now += MINUTE;
    await at.post({ repo: 'rsyslog', server: 'lab', sync_status: 'SYNCED', last_check: iso(at.now) });
    expect(await series()).toContain(`gitops_sync_status{${LAB}} 1`);
    expect(await namesOf()).not.toContain('push_time_seconds');
  });

  test('never say 1 for a stale target', async () => {
    await push(1);
    at.now += 10 * MINUTE;
    expect(await series()).toContain(`gitops_sync_status{${LAB},${PUSHED}} 0`);
  });
});

describe('DELETE of a group', () => {
  test('removes its status, time, job and instance from /metrics; all else stays', async () => {
    await push(0);
    const before = await Promise.all(['/status.json', '/api/v1/incidents', '/api/v1/reports'].map(at.json));
    const answer = await send('DELETE', GROUP);
    expect(answer.status).toBe(202);
    expect(await answer.text()).toMatch(
      /^Targets removed from \/metrics until their next push: 1\. .*DELETE \/api\/v1\/targets/,
    );
    expect(await namesOf()).toEqual([
      'gitops_state',
      'gitops_last_report_timestamp_seconds',
      'gitops_incident_open_since_timestamp_seconds',
    ]);
    expect((await series()).join()).not.toMatch(/job=|instance=/);
    expect(await Promise.all(['/status.json', '/api/v1/incidents', '/api/v1/reports'].map(at.json))).toEqual(
      before,
    );
  });

  test.each([
    ['the next push', () => push(1)],
    ['a push of another value', () => push(0)],
  ])('ends with %s', async (_, next) => {
    await push(1);
    await send('DELETE', GROUP);
    expect((await next()).status).toBe(200);
    expect(await namesOf()).toEqual(expect.arrayContaining(['gitops_sync_status', 'push_time_seconds']));
  });

  test('of a path with the same labels in another order or encoding is the same', async () => {
    await push(1, '/metrics/job/drift/instance/ci-1/env/prod');
    await send('DELETE', '/metrics/job@base64/ZHJpZnQ/env/%70rod/instance/ci-1/');
    expect(await namesOf()).not.toContain('gitops_sync_status');
  });

  test.each(['/metrics/job/drift', '/metrics/job/drift/instance/ci-2', '/metrics/job/ci/instance/ci-1'])(
    'removes no other group: %s',
    async (path) => {
      await push(1);
      const answer = await send('DELETE', path);
      expect(answer.status).toBe(202);
      expect(await answer.text()).toContain('until their next push: 0');
      expect(await namesOf()).toContain('gitops_sync_status');
    },
  );

  test('removes all its targets, and brings back only the one that is pushed next', async () => {
    await push(1);
    await push(1, GROUP, 'prod');
    await send('DELETE', GROUP);
    expect(await namesOf()).not.toContain('gitops_sync_status');
    await push(1, GROUP, 'prod');
    expect((await series()).filter((line) => line.startsWith('gitops_sync_status'))).toEqual([
      `gitops_sync_status{repo="rsyslog",server="prod",${PUSHED}} 1`,
    ]);
  });

  test('is refused whole if its token may not report about one of the targets', async () => {
    await push(1);
    const { token, bearer } = aToken({ scopes: ['report'], repos: ['mine'] });
    const admin = aToken({ scopes: ['read'] });
    at.service.tokens.declare([token, admin.token]);
    const answer = await problemOf(await send('DELETE', GROUP, undefined, bearer));
    expect(answer).toMatchObject({ status: 403, detail: expect.stringContaining('rsyslog') });
    const metrics = await at.get('/metrics', admin.bearer);
    expect(await metrics.text()).toContain(`gitops_sync_status{${LAB},${PUSHED}} 1`);
  });
});

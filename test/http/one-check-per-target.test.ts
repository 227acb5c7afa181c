import { beforeEach, describe, expect, test } from 'vitest';
import type { TokenScope } from '../../src/domain/token.ts';
import { HOUR, MINUTE, NOON } from '../fixtures.ts';
import { aBody, aDrift, iso, problemOf, startService, type TestService } from './service.ts';
import { aToken } from './tokens.ts';

let at: TestService;
beforeEach(() => {
  at = startService();
});

/** A report a minute after the one before. */
const next = (fields: object = {}) => {
  at.now += MINUTE;
  return aBody({ last_check: iso(at.now), ...fields });
};
const statusOf = async (body: unknown) => (await at.post(body)).status;

const push = async (path: string, value = 1) => {
  at.now += MINUTE;
  return at.service.app.request(path, {
    method: 'POST',
    headers: { 'Content-Type': 'text/plain' },
    body: `gitops_sync_status{repo="rsyslog",server="rsyslog-lab"} ${value}\n`,
  });
};
const pushStatus = async (path: string) => (await push(path)).status;

const state = async () => Object(await at.json('/status.json'))[0].state;
const count = async () => Object(await at.json('/api/v1/reports')).rows.length;

describe('another check of the same target', () => {
  test('is refused, with both named and what to do, and records nothing: its SYNCED hides no drift', async () => {
    await at.post(aDrift(['a'], { check: 'nightly' }));
    const problem = await problemOf(await at.post(next({ check: 'hourly' })));
    expect(problem).toMatchObject({ status: 409, type: 'urn:gitops-status-server:problem:conflict' });
    expect(problem.errors).toEqual([
      {
        pointer: '/check',
        detail: expect.stringMatching(/"hourly".*"nightly".*repo name of its own.*takes_over/),
      },
    ]);
    expect([await state(), await count()]).toEqual(['OUT_OF_SYNC', 1]);
  });

  test('in an array causes the whole array to be refused, with a pointer to it', async () => {
    await at.post(aBody({ check: 'nightly' }));
    const problem = await problemOf(await at.post([next({ server: 'b' }), next({ check: 'hourly' })]));
    expect(problem.errors?.map(({ pointer }) => pointer)).toEqual(['/1/check']);
    expect(await count()).toBe(1);
  });

  test('without a name is refused too; a named one may follow an unnamed one', async () => {
    expect(await statusOf(aBody())).toBe(201);
    expect(await statusOf(next({ check: 'nightly' }))).toBe(201);
    expect(await statusOf(next())).toBe(409);
    expect(await statusOf(next({ check: 'nightly' }))).toBe(201);
  });

  test('may report about another target', async () => {
    await at.post(aBody({ check: 'nightly' }));
    expect(await statusOf(next({ check: 'hourly', server: 'other' }))).toBe(201);
  });

  test('does not make a retry of an accepted report fail', async () => {
    const first = aBody({ check: 'nightly' });
    await at.post(first);
    await at.post(next({ check: 'hourly', takes_over: true }));
    expect(await statusOf(first)).toBe(200);
  });

  test('may speak once the target was deleted', async () => {
    await at.post(aBody({ check: 'nightly' }));
    await at.service.app.request('/api/v1/targets?repo=rsyslog&server=rsyslog-lab', { method: 'DELETE' });
    expect(await statusOf(next({ check: 'hourly' }))).toBe(201);
  });
});

describe('a push', () => {
  const CI = '/metrics/job/ci';

  test('of another group is refused, but of the same group from another instance is not', async () => {
    expect(await pushStatus(`${CI}/branch/main`)).toBe(200);
    expect(await pushStatus(`${CI}/branch/main/instance/runner-2`)).toBe(200);
    expect(await pushStatus(`/metrics/job@base64/Y2k/branch/main`)).toBe(200);
    const problem = await problemOf(await push(`${CI}/branch/next`, 0));
    expect(problem).toMatchObject({ status: 409, detail: expect.stringContaining('branch=next,job=ci') });
    expect(problem.detail).toContain('branch=main,job=ci');
    expect(problem.errors).toBeUndefined();
    expect([await state(), await count()]).toEqual(['SYNCED', 3]);
  });

  test('is known by its group, for any order and content of its labels', async () => {
    expect(await pushStatus('/metrics/job/a%2Cb%3Dc/x/%0A%25/branch/main')).toBe(200);
    expect(await pushStatus('/metrics/job/a%2Cb%3Dc/branch/main/x/%0A%25')).toBe(200);
    expect(await pushStatus('/metrics/job/a/b/c/x/%0A%25/branch/main')).toBe(409);
    const check = 'branch=main,job=a%2Cb=c,x=%0A%25';
    expect(await at.json('/api/v1/reports')).toMatchObject({ rows: [{ check }, { check }] });
  });

  test('whose group has more than 255 characters is refused in words', async () => {
    expect(await pushStatus(`/metrics/job/${'x'.repeat(251)}/repo/r/server/${'s'.repeat(200)}`)).toBe(200);
    const problem = await problemOf(await push(`/metrics/job/${'x'.repeat(252)}`));
    expect(problem).toMatchObject({ status: 422, detail: expect.stringContaining('255 characters') });
  });

  test('may be followed by a posted report, but not follow one that names a check', async () => {
    expect(await pushStatus(CI)).toBe(200);
    expect(await statusOf(next())).toBe(201);
    expect(await pushStatus(CI)).toBe(200);
    expect(await statusOf(next({ check: 'nightly' }))).toBe(201);
    expect(await pushStatus(CI)).toBe(409);
  });

  test('that was refused moves no clock: the next push counts from its arrival', async () => {
    await at.post(aBody({ check: 'nightly' }));
    for (let i = 0; i < 5; i++) await push(CI);
    await at.service.app.request(CI, {
      method: 'POST',
      body: 'gitops_sync_status{repo="other",server="lab"} 1\n',
    });
    expect(await at.json('/api/v1/reports?repo=other')).toMatchObject({
      rows: [{ last_check: iso(at.now) }],
    });
  });
});

describe('taking over', () => {
  type Headers = Record<string, string>;
  const takeOver = (bearer: Headers, fields: object = {}) =>
    at.post(next({ check: 'hourly', takes_over: true, ...fields }), '/api/v1/reports', bearer);
  async function aBearer(name: string, scopes: TokenScope[]): Promise<Headers> {
    const { token, bearer } = aToken({ name, scopes });
    const { revokedAt: _, ...stored } = token;
    await at.service.store.tokens.add({ ...stored, createdAt: at.now });
    return { ...bearer };
  }

  beforeEach(async () => {
    await at.post(aBody({ check: 'nightly' }));
  });

  test('is not stored, and from then on the other check is refused', async () => {
    expect(await statusOf(next({ check: 'hourly', takes_over: true }))).toBe(201);
    expect(await at.json('/api/v1/reports?limit=1')).toMatchObject({ rows: [{ check: 'hourly' }] });
    expect(Object(await at.json('/api/v1/reports')).rows[0]).not.toHaveProperty('takes_over');
    expect(await statusOf(next({ check: 'nightly' }))).toBe(409);
  });

  test('needs no token if nothing does: on loopback, before there is a first one', async () => {
    expect(await statusOf(next({ check: 'hourly', takes_over: true }))).toBe(201);
  });

  test('needs the scope admin as long as the other check is not stale', async () => {
    const reporter = await aBearer('ci', ['report']);
    const problem = await problemOf(await takeOver(reporter));
    expect(problem).toMatchObject({ status: 403, type: 'urn:gitops-status-server:problem:forbidden' });
    expect(problem.errors).toEqual([
      {
        pointer: '/takes_over',
        detail: expect.stringMatching(/nightly.*until 2026-04-21T12:10:00.000Z.*admin/),
      },
    ]);
    const admin = await aBearer('ops', ['report', 'admin']);
    expect((await takeOver(admin)).status).toBe(201);
  });

  test('needs only the scope report once the other check is stale', async () => {
    const reporter = await aBearer('ci', ['report']);
    at.now = NOON + HOUR;
    expect((await takeOver(reporter)).status).toBe(201);
  });

  test('is not open to everybody even if reporting is', async () => {
    at = startService({ GITOPS_STATUS_ANONYMOUS: 'report', HOST: '0.0.0.0' });
    await at.post(aBody({ check: 'nightly' }));
    expect(await statusOf(next({ check: 'hourly', takes_over: true }))).toBe(403);
    at.now = NOON + HOUR;
    expect(await statusOf(next({ check: 'hourly', takes_over: true }))).toBe(201);
  });

  test('logs whose report took over', async () => {
    const admin = await aBearer('ops', ['report', 'admin']);
    await takeOver(admin, { sync_status: 'UNKNOWN' });
    const { events } = await at.service.store.eventsAfter(0, { limit: 10 });
    expect(events.map(({ actor }) => actor)).toEqual([undefined, 'ops']);
  });
});

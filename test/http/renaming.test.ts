import { describe, expect, test } from 'vitest';
import { HOUR, MINUTE, NOON } from '../fixtures.ts';
import { aBody, aDrift, iso, problemOf, startService, type TestService } from './service.ts';
import { aToken } from './tokens.ts';

const LAB = { repo: 'rsyslog', server: 'rsyslog-lab' };
const NEXT = { repo: 'rsyslog', server: 'log-1' };
const NAMES = 'repo=rsyslog&server=rsyslog-lab&new_server=log-1';

const rename = (at: TestService, names = NAMES, headers: Record<string, string> = {}) =>
  at.service.app.request(`/api/v1/targets/rename?${names}`, { method: 'POST', headers });

/** A target that drifted at noon, and got another name a minute later. */
async function renamed(): Promise<TestService> {
  const at = startService();
  await at.post(aDrift(['a']));
  at.now += MINUTE;
  expect((await rename(at)).status).toBe(200);
  at.now = NOON + HOUR;
  return at;
}

test('a + in a name is a + where a target is declared and renamed, too', async () => {
  const at = startService();
  const declared = await at.service.app.request('/api/v1/targets?repo=c++-infra&server=a', { method: 'PUT' });
  expect(await declared.json()).toEqual({ repo: 'c++-infra', server: 'a', declared: 'new' });
  const answer = await rename(at, 'repo=c++-infra&server=a&new_repo=g++');
  expect(await answer.json()).toMatchObject({ repo: 'g++', renamed_from: { repo: 'c++-infra' } });
  expect(await at.json('/api/v1/status?repo=g++')).toMatchObject([{ repo: 'g++', state: 'STALE' }]);
});

describe('a renamed target', () => {
  test('keeps everything under its new name', async () => {
    const at = startService();
    await at.post(aDrift(['a']));
    const paths = [
      '/status.json',
      '/api/v1/timeline',
      '/api/v1/incidents',
      '/api/v1/reports',
      '/api/v1/compliance',
    ];
    at.now += MINUTE;
    const before = await Promise.all(paths.map((path) => at.json(path)));
    const answer = await rename(at);
    expect([answer.status, await answer.json()]).toEqual([200, { ...NEXT, renamed_from: LAB }]);
    const after = await Promise.all(paths.map((path) => at.json(path)));
    expect(after).toEqual(JSON.parse(JSON.stringify(before).replaceAll(LAB.server, NEXT.server)));
    expect(await at.json('/api/v1/events?format=json&after=2')).toMatchObject({
      rows: [
        { kind: 'target_deleted', origin: 'action', ...LAB, state: null, detail: { renamed_to: NEXT } },
        {
          kind: 'target_added',
          ...NEXT,
          state: 'OUT_OF_SYNC',
          detail: { renamed_from: LAB },
          incident: { id: 1 },
        },
      ],
    });
  });

  test('can get another repo, or both', async () => {
    const at = startService();
    await at.post(aBody());
    await rename(at, 'repo=rsyslog&server=rsyslog-lab&new_repo=team-a/logging');
    await rename(at, 'repo=team-a/logging&server=rsyslog-lab&new_repo=x&new_server=y');
    expect(await at.json('/api/v1/status')).toMatchObject([{ repo: 'x', server: 'y' }]);
  });

  test('takes reports from before under its former name, and says where they are', async () => {
    const at = await renamed();
    const retry = await at.post(aDrift(['a']));
    expect([retry.status, await retry.json()]).toMatchObject([200, { recorded: 'duplicate' }]);
    const late = await at.post(aDrift(['b'], { last_check: iso(NOON + 1000) }));
    expect([late.status, await late.json()]).toMatchObject([
      201,
      { ...LAB, warnings: [expect.stringMatching(/rsyslog on rsyslog-lab is now called rsyslog on log-1/)] },
    ]);
    expect(await at.json('/api/v1/status')).toMatchObject([NEXT]);
  });

  test('refuses what was checked since under its former name: 409 names the new one', async () => {
    const at = await renamed();
    expect(await problemOf(await at.post(aBody({ last_check: iso(NOON + MINUTE) })))).toMatchObject({
      status: 409,
      detail:
        `rsyslog on rsyslog-lab has been called rsyslog on log-1 since ${iso(NOON + MINUTE)}. Report under ` +
        'the new name.',
      errors: [{ pointer: '/repo' }],
    });
    const push = await at.service.app.request('/metrics/job/drift/repo/rsyslog/server/rsyslog-lab', {
      method: 'PUT',
      headers: { 'Content-Type': 'text/plain' },
      body: 'gitops_sync_status 1\n',
    });
    expect(await problemOf(push)).toMatchObject({ status: 409, detail: expect.stringMatching(/log-1/) });
    const declared = await at.service.app.request('/api/v1/targets?repo=rsyslog&server=rsyslog-lab', {
      method: 'PUT',
    });
    expect(await problemOf(declared)).toMatchObject({ status: 409, detail: expect.stringMatching(/log-1/) });
    expect(await at.json('/api/v1/status')).toMatchObject([NEXT]);
  });

  test('is not written to by a token that may only report about the repo of before', async () => {
    const at = startService();
    await at.post(aBody({ repo: 'old' }));
    at.now += MINUTE;
    await rename(at, 'repo=old&server=rsyslog-lab&new_repo=new');
    at.now += MINUTE;
    const [narrow, both] = [['old'], ['old', 'n*']].map((repos) =>
      aToken({ name: repos.join('-and-'), scopes: ['report'], repos }),
    );
    at.service.tokens.declare([narrow, both].flatMap((one) => one?.token ?? []));
    const late = aBody({ repo: 'old', last_check: iso(NOON + 1000) });
    expect(await problemOf(await at.post(late, '/api/v1/reports', narrow?.bearer))).toMatchObject({
      status: 403,
      detail: expect.stringMatching(/may not report about the repo new/),
    });
    expect((await at.post(aBody({ repo: 'old' }), '/api/v1/reports', narrow?.bearer)).status).toBe(200);
    expect((await at.post(late, '/api/v1/reports', both?.bearer)).status).toBe(201);
  });
});

describe('renaming is refused', () => {
  test.each([
    ['repo=rsyslog&server=rsyslog-lab&new_server=other', 409, /rsyslog on other is another target/],
    ['repo=rsyslog&server=rsyslog-lab&new_server=gone', 409, /the name of a deleted target .*purge=true/],
    ['repo=rsyslog&server=rsyslog-lab&new_server=awaited', 409, /rsyslog on awaited is another target/],
    ['repo=rsyslog&server=rsyslog-lab&new_server=was', 409, /a former name of rsyslog on is,/],
    [
      'repo=rsyslog&server=was&new_server=x',
      409,
      /rsyslog on was has been called rsyslog on is since .*Rename that one/,
    ],
    [
      'repo=rsyslog&server=nobody&new_server=x',
      404,
      /There is no target with repo=rsyslog and server=nobody/,
    ],
    ['repo=rsyslog&server=gone&new_server=x', 404, /or it is deleted/],
    ['repo=rsyslog&server=rsyslog-lab', 422, /is already called rsyslog on rsyslog-lab/],
    ['repo=rsyslog&server=rsyslog-lab&new_server=rsyslog-lab', 422, /already/],
    ['repo=rsyslog&server=rsyslog-lab&new_server=a,b', 422, /not a valid name/],
    ['repo=rsyslog&server=rsyslog-lab&new_server=x&new_server=y', 422, /new_server/],
    ['repo=rsyslog&new_server=x', 422, /server: is required/],
    ['repo=rsyslog&server=rsyslog-lab&new_server=x&purge=true', 422, /not a parameter/],
  ])('%s', async (names, status, words) => {
    const at = startService();
    for (const server of ['rsyslog-lab', 'other', 'gone', 'was']) await at.post(aBody({ server }));
    await at.service.app.request('/api/v1/targets?repo=rsyslog&server=awaited', { method: 'PUT' });
    await at.service.app.request('/api/v1/targets?repo=rsyslog&server=gone', { method: 'DELETE' });
    await rename(at, 'repo=rsyslog&server=was&new_server=is');
    const version = at.service.store.version();
    expect(await problemOf(await rename(at, names))).toMatchObject({
      status,
      detail: expect.stringMatching(words),
    });
    expect(at.service.store.version()).toBe(version);
  });
});

describe('a name that is nearly that of a known target', () => {
  const nearly = expect.stringMatching(
    /is almost the same as that of another target, rsyslog on rsyslog-lab/,
  );

  test.each([
    [{ server: 'RSYSLOG-lab' }],
    [{ server: 'rsyslog-lab.' }],
    [{ server: 'rsyslog-lab/' }],
    [{ repo: 'rsyslog.git' }],
    [{ repo: 'RSyslog.git/' }],
  ])('is told in the answer to the first report, once: %o', async (names) => {
    const at = startService();
    await at.post(aBody());
    expect(await (await at.post(aBody(names))).json()).toMatchObject({ warnings: [nearly] });
    at.now += MINUTE;
    expect(await (await at.post(aBody({ ...names, last_check: iso(at.now) }))).json()).not.toHaveProperty(
      'warnings',
    );
    expect(await at.json('/api/v1/status')).toHaveLength(2);
  });

  test('is told in the answers to a declaration and a new name too', async () => {
    const at = startService();
    await at.post(aBody());
    const declared = await at.service.app.request('/api/v1/targets?repo=rsyslog&server=Rsyslog-lab', {
      method: 'PUT',
    });
    expect(await declared.json()).toMatchObject({ declared: 'new', warnings: [nearly] });
    await at.post(aBody({ server: 'b' }));
    const answer = await rename(at, 'repo=rsyslog&server=b&new_server=rsyslog-lab.');
    expect(await answer.json()).toMatchObject({ warnings: [expect.stringMatching(/\(and 1 more\)/)] });
  });

  test('is told of each report of an array', async () => {
    const at = startService();
    const answer = await at.post(['a', 'A', 'b'].map((server) => aBody({ server })));
    const rows = (await answer.json()) as { warnings?: string[] }[];
    expect(rows.map(({ warnings }) => warnings?.length ?? 0)).toEqual([0, 1, 0]);
  });

  test('is no warning where a target only changes the case of its own name', async () => {
    const at = startService();
    await at.post(aBody());
    const answer = await rename(at, 'repo=rsyslog&server=rsyslog-lab&new_server=RSYSLOG-LAB');
    expect(await answer.json()).not.toHaveProperty('warnings');
  });
});

import { describe, expect, test } from 'vitest';
import { HOUR, MINUTE, NOON } from '../fixtures.ts';
import { aBody, iso, problemOf, startService } from './service.ts';
import { aToken } from './tokens.ts';

const narrow = aToken({ name: 'ci', scopes: ['report'], repos: ['team-a/*', 'rsyslog'] });
const wide = aToken({ name: 'all', scopes: ['report'] });
const reader = aToken({ name: 'reader', scopes: ['read'] });
const both = aToken({ name: 'both', scopes: ['report', 'read'], repos: ['rsyslog'] });

async function start(env: Record<string, string> = {}) {
  const at = startService(env);
  await at.post([
    aBody({ check: 'site.yml', expected_interval_s: 600 }),
    aBody({ repo: 'team-a/web' }),
    aBody({ repo: 'team-b/secret' }),
    aBody({ repo: 'All' }),
  ]);
  await at.service.app.request('/api/v1/targets?repo=rsyslog&server=awaited', { method: 'PUT' });
  at.service.tokens.declare([narrow, wide, reader, both].map(({ token }) => token));
  at.now = NOON + MINUTE;
  return at;
}

describe('a token that only reports', () => {
  test('sees the state of each target of its repos, until when it holds and which check speaks', async () => {
    const at = await start();
    const ask = async () =>
      (await at.get('/api/v1/status?repo=rsyslog&repo=team-a/web', narrow.bearer)).json();
    const stale = iso(NOON + 30 * MINUTE);
    expect(await ask()).toEqual([
      { repo: 'rsyslog', server: 'awaited', state: 'STALE', stale_at: null, check: null },
      { repo: 'rsyslog', server: 'rsyslog-lab', state: 'SYNCED', stale_at: stale, check: 'site.yml' },
      {
        repo: 'team-a/web',
        server: 'rsyslog-lab',
        state: 'SYNCED',
        stale_at: iso(NOON + 10 * MINUTE),
        check: null,
      },
    ]);
    at.now = NOON + HOUR;
    expect(await ask()).toMatchObject([{ state: 'STALE' }, { state: 'STALE' }, { state: 'STALE' }]);
  });

  test('gets an empty list for a repo without any, and JSON if asked for', async () => {
    const at = await start();
    const answer = await at.get('/api/v1/status?repo=team-a/new&format=json', narrow.bearer);
    expect([answer.status, await answer.json()]).toEqual([200, []]);
  });

  test('may name any repo if it may report about any', async () => {
    const at = await start();
    const rows = await (await at.get('/api/v1/status?repo=team-b/secret', wide.bearer)).json();
    expect(rows).toMatchObject([{ repo: 'team-b/secret' }]);
    // A name like any other, not all of them.
    expect(await (await at.get('/api/v1/status?repo=All', wide.bearer)).json()).toMatchObject([
      { repo: 'All' },
    ]);
  });

  test.each([
    ['', /repo= is required/],
    ['format=json', /repo= is required/],
    ['repo=', /"" is not the full name of one repo/],
    ['repo=*', /"\*" is not the full name/],
    ['repo=team-a/*', /"team-a\/\*" is not the full name/],
    ['repo=rsyslog,team-a/web', /is not the full name of one repo/],
    ['repo={rsyslog,x}', /is not the full name of one repo/],
    ['repo=rsyslog|x', /is not the full name of one repo/],
    ['repo=$__all', /is not the full name of one repo/],
    ['repo=$repo', /is not the full name of one repo/],
    ['repo=rsyslog%2520', /is not the full name of one repo/],
    ['repo=team-b/secret', /may not report about the repo team-b\/secret/],
    ['repo=All', /may not report about the repo All/],
    ['repo=rsyslog&repo=team-b/secret', /may not report about the repo team-b\/secret/],
    ['repo=rsyslog&at=2026-04-21T12:00:00Z', /the parameter at is not allowed/],
    ['repo=rsyslog&format=csv', /the parameter format is not allowed/],
    ['repo=rsyslog&server=rsyslog-lab', /the parameter server is not allowed/],
    ['repo=rsyslog&state=STALE', /the parameter state is not allowed/],
    ['repo=rsyslog&limit=1', /the parameter limit is not allowed/],
    ['var-repo=rsyslog', /the parameter var-repo is not allowed/],
    ['repo=rsyslog&label=env:prod', /the parameter label is not allowed/],
    ['repo=rsyslog&utm_source=x', /the parameter utm_source is not allowed/],
  ])('may not ask %j: 403 with words', async (query, words) => {
    const at = await start();
    const problem = await problemOf(await at.get(`/api/v1/status?${query}`, narrow.bearer));
    expect(problem).toMatchObject({ status: 403, detail: expect.stringMatching(words) });
    expect(problem.detail).toMatch(/needs the scope read; the token ci has report/);
  });

  test.each([
    '/status.json?repo=rsyslog',
    '/api/v1/timeline?repo=rsyslog',
    '/api/v1/status/?repo=rsyslog',
    '/grafana/status?repo=rsyslog',
    '/internal/reporter-status?repo=rsyslog',
  ])('may not ask anything else: %s', async (path) => {
    const at = await start();
    expect((await at.get(path, narrow.bearer)).status).toBe(403);
  });

  test('does not get answers made for others, nor they its own', async () => {
    const at = await start();
    const query = '/api/v1/status?repo=rsyslog';
    for (const _ of [1, 2]) {
      expect(await (await at.get(query, reader.bearer)).json()).toMatchObject([
        { labels: {} },
        { labels: {} },
      ]);
      const [row] = (await (await at.get(query, narrow.bearer)).json()) as object[];
      expect(Object.keys(row ?? {})).toEqual(['repo', 'server', 'state', 'stale_at', 'check']);
    }
  });

  test('sees everything if it may read too, or if reading needs no token', async () => {
    const at = await start();
    expect(await (await at.get('/api/v1/status', both.bearer)).json()).toHaveLength(5);
    const open = await start({ GITOPS_STATUS_ANONYMOUS: 'read' });
    expect(await (await open.get('/api/v1/status', narrow.bearer)).json()).toHaveLength(5);
  });

  test('no token, or one that only administrates, is refused as before', async () => {
    const at = await start();
    expect((await at.get('/api/v1/status?repo=rsyslog')).status).toBe(401);
    const admin = aToken({ scopes: ['admin'] });
    at.service.tokens.declare([admin.token]);
    expect((await at.get('/api/v1/status?repo=rsyslog', admin.bearer)).status).toBe(403);
  });
});

import { describe, expect, test } from 'vitest';
import { HOUR, MINUTE, NOON } from '../fixtures.ts';
import { aBody, iso, problemOf, startService, type TestService } from './service.ts';
import { aToken } from './tokens.ts';

const query = 'repo=rsyslog&server=rsyslog-lab';
const LAB = { repo: 'rsyslog', server: 'rsyslog-lab' };

const declare = (at: TestService, asked = query, headers: Record<string, string> = {}) =>
  at.service.app.request(`/api/v1/targets?${asked}`, { method: 'PUT', headers });

/** A target that was declared at noon, an hour ago, and has never reported. */
async function expected(): Promise<TestService> {
  const at = startService();
  expect((await declare(at)).status).toBe(201);
  at.now = NOON + HOUR;
  return at;
}

const REPORTED = {
  sync_status: null,
  drift_count: null,
  files: [],
  last_check: null,
  stale_at: null,
  received_at: null,
  last_synced_at: null,
  commit: null,
  branch: null,
  run_url: null,
  error: null,
  error_kind: null,
  check: null,
};

describe('a declaration', () => {
  test('is answered with 201 if it changes something, and otherwise with 200: then nothing is written', async () => {
    const at = startService();
    const answer = await declare(at);
    expect([answer.status, await answer.json()]).toEqual([201, { ...LAB, declared: 'new' }]);
    const version = at.service.store.version();
    const again = await declare(at);
    expect([again.status, await again.json()]).toEqual([200, { ...LAB, declared: 'unchanged' }]);
    await at.post(aBody({ server: 'other' }));
    const reported = await declare(at, 'repo=rsyslog&server=other');
    expect([reported.status, await reported.json()]).toMatchObject([200, { declared: 'unchanged' }]);
    await at.service.app.request(`/api/v1/targets?${query}`, { method: 'DELETE' });
    expect((await declare(at)).status).toBe(201);
    expect(version).not.toBe(at.service.store.version());
  });

  test('of a repo that the token may not report about is refused', async () => {
    const at = startService();
    const token = aToken({ scopes: ['report'], repos: ['db/*'] });
    at.service.tokens.declare([token.token]);
    expect(await problemOf(await declare(at, query, token.bearer))).toMatchObject({ status: 403 });
    expect((await declare(at, 'repo=db/x&server=a', token.bearer)).status).toBe(201);
    const { events } = await at.service.store.eventsAfter(0, { limit: 10 });
    expect(events).toMatchObject([{ kind: 'target_added', repo: 'db/x', actor: token.token.name }]);
  });

  test.each([['repo=rsyslog'], [''], ['repo=a&repo=b&server=c'], [`${query}&labels=x`], ['repo=*&server=a']])(
    'is refused for %j',
    async (asked) => {
      expect((await declare(startService(), asked)).status).toBe(422);
    },
  );
});

describe('a target that never reported', () => {
  test.each(['/status.json', '/api/v1/status'])(
    '%s: STALE since it was declared, with nulls',
    async (path) => {
      const at = await expected();
      const next = 'the operator of the pipeline: make the check run and report';
      const row = {
        ...LAB,
        ...REPORTED,
        state: 'STALE',
        since: iso(NOON),
        labels: {},
        next,
        incident: null,
        muted: null,
      };
      expect(await at.json(path)).toEqual([row]);
      expect(await at.json(`${path}?state=STALE`)).toEqual([row]);
      for (const state of ['SYNCED', 'UNKNOWN', 'OUT_OF_SYNC']) {
        expect(await at.json(`${path}?state=${state}`)).toEqual([]);
      }
      expect(await at.json(`${path}?at=${iso(NOON - 1)}`)).toEqual([]);
      expect(await at.json(`${path}?at=${iso(NOON)}`)).toEqual([row]);
      const csv = await (await at.get(`${path}?format=csv`)).text();
      expect(csv).toMatch(new RegExp(`rsyslog,rsyslog-lab,,,.*,STALE,${iso(NOON)},`));
    },
  );

  test('does not change a cached answer until it reports', async () => {
    const at = await expected();
    const tag = (await at.get('/api/v1/status')).headers.get('ETag') ?? '';
    await declare(at);
    expect((await at.get('/api/v1/status', { 'If-None-Match': tag })).status).toBe(304);
    await at.post(aBody({ last_check: iso(at.now) }));
    expect(await at.json('/api/v1/status')).toMatchObject([{ state: 'SYNCED', last_check: iso(at.now) }]);
  });

  test('/api/v1/timeline: STALE from the declaration on, without files and commit', async () => {
    const at = await expected();
    const stale = { ...LAB, state: 'STALE', drift_count: null, files: [], commit: null };
    expect(await at.json('/api/v1/timeline')).toEqual([{ ...stale, from: iso(NOON), to: iso(at.now) }]);
    await at.post(aBody({ last_check: iso(NOON + 30 * MINUTE) }));
    expect(await at.json('/api/v1/timeline')).toMatchObject([
      { ...stale, from: iso(NOON), to: iso(NOON + 30 * MINUTE) },
      { state: 'SYNCED', to: iso(NOON + 40 * MINUTE) },
      { ...stale, from: iso(NOON + 40 * MINUTE), to: iso(at.now) },
    ]);
  });

  test.each(['/api/v1/compliance', '/grafana/compliance'])(
    '%s: tracked and stale since then',
    async (path) => {
      const at = await expected();
      const nothing = { synced_s: 0, out_of_sync_s: 0, unknown_s: 0, in_sync_ratio: null, incidents: 0 };
      const hour = { tracked_s: 3600, stale_s: 3600, coverage: 0, ...nothing };
      expect(await at.json(path)).toMatchObject([{ ...LAB, ...hour }]);
      expect(await at.json(`${path}?group_by=repo`)).toMatchObject([
        { repo: 'rsyslog', server: null, ...hour },
      ]);
    },
  );

  test('is absent from answers about reports or drift', async () => {
    const at = await expected();
    for (const path of ['/api/v1/incidents', '/api/v1/files', '/grafana/annotations']) {
      expect(await at.json(path)).toEqual([]);
    }
    expect(await at.json('/api/v1/reports')).toMatchObject({ rows: [] });
  });

  test('/metrics: its state, no open incident and 0, but no instant and no number of files', async () => {
    const at = await expected();
    const text = await (await at.get('/metrics')).text();
    const lines = text.split('\n').filter((line) => line.includes('server="rsyslog-lab"'));
    const of = (name: string, more = '') => `${name}{repo="rsyslog",server="rsyslog-lab"${more}}`;
    expect(lines).toEqual([
      `${of('gitops_sync_status')} 0`,
      `${of('gitops_state', ',state="STALE"')} 1`,
      `${of('gitops_incident_open_since_timestamp_seconds')} 0`,
    ]);
  });

  test('Grafana: a row, a stale target in every sum, an alert and a variable', async () => {
    const at = await expected();
    expect(await at.json('/grafana/status')).toMatchObject([
      { ...LAB, state: 'STALE', state_code: 3, sync_status: null, last_check: null, in_state_s: 3600 },
    ]);
    expect(await at.json('/grafana/summary')).toMatchObject([
      { targets: 1, stale: 1, synced: 0, open_incidents: 0, in_sync_ratio: null, coverage: 0 },
    ]);
    for (const condition of ['stale', 'not_synced']) {
      expect(await at.json(`/grafana/alerts?condition=${condition}`)).toEqual([{ ...LAB, value: 1 }]);
    }
    expect(await at.json('/grafana/alerts?condition=out_of_sync')).toEqual([{ ...LAB, value: 0 }]);
    expect(await at.json('/grafana/variables/servers')).toMatchObject([{ value: 'rsyslog-lab' }]);
    expect(await at.json('/grafana/state?shape=edges')).toEqual([{ time: NOON, ...LAB, state: 3 }]);
    const counts = (await at.json('/grafana/series?by=state&max_points=2')) as unknown[];
    expect(counts.at(-1)).toMatchObject({ stale: 1, synced: 0 });
    const drift = (await at.json('/grafana/series?max_points=2')) as { drift_count: unknown }[];
    expect(drift.map(({ drift_count }) => drift_count)).toEqual([null]);
  });

  test('the badge says so, and that of a repo the worst', async () => {
    const at = await expected();
    const badge = { message: 'never reported', color: 'lightgrey' };
    expect(await at.json(`/badge.json?${query}`)).toMatchObject(badge);
    expect(await at.json('/badge.json?repo=rsyslog')).toMatchObject(badge);
    expect(await (await at.get(`/badge.svg?${query}`)).text()).toContain('never reported');
    await at.post(aBody({ server: 'other', last_check: iso(at.now) }));
    expect(await at.json('/badge.json?repo=rsyslog')).toMatchObject(badge);
  });

  test('the pages say so', async () => {
    const at = await expected();
    const html = { Accept: 'text/html' };
    const fleet = await (await at.get('/', html)).text();
    expect(fleet).toContain('Never reported');
    expect(fleet).toContain('1 of 1 target needs someone');
    expect(fleet).toContain('aria-label="Last 24 hours: stale 1 h"');
    const page = await (await at.get(`/target?${query}`, html)).text();
    expect(page).toMatch(/Stale: rsyslog on rsyslog-lab/);
    expect(page).toMatch(/never reported/);
    expect(page).toContain('never checked');
    for (const sort of ['checked', 'drift', 'since', 'urgency']) {
      expect((await at.get(`/?sort=${sort}`, html)).status).toBe(200);
    }
  });

  test('the event log has its declaration, and its first report as a change', async () => {
    const at = await expected();
    await at.post(aBody({ last_check: iso(at.now) }));
    expect(await at.json('/api/v1/events?format=json')).toMatchObject({
      rows: [
        { kind: 'target_added', origin: 'action', ...LAB, state: 'STALE', detail: { declared: true } },
        { kind: 'state_changed', origin: 'report', previous_state: 'STALE', state: 'SYNCED' },
      ],
    });
  });

  test('can be deleted', async () => {
    const at = await expected();
    expect((await at.service.app.request(`/api/v1/targets?${query}`, { method: 'DELETE' })).status).toBe(200);
    expect(await at.json('/api/v1/status')).toEqual([]);
    expect(await at.json('/api/v1/timeline')).toEqual([]);
  });
});

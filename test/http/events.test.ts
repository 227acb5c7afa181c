import { setImmediate } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { eventPage, eventRow } from '../../src/http/schemas/event.ts';
import { DAY, MINUTE, NOON } from '../fixtures.ts';
import { EventStream } from './event-stream.ts';
import { aBody, aDrift, iso, problemOf, startService, type TestService } from './service.ts';
import { asPassword, aToken } from './tokens.ts';

async function listen(at: TestService, query = '', headers: Record<string, string> = {}) {
  const stream = new EventStream(await at.get(`/api/v1/events${query}`, headers));
  onTestFinished(() => stream.close());
  return stream;
}

/** A page of the log, checked against the contract. */
async function pageOf(at: TestService, query = '') {
  const answer = await at.json(`/api/v1/events?format=json${query}`);
  const page = z
    .strictObject({ ...eventPage.shape, rows: z.array(z.strictObject(eventRow.shape)) })
    .parse(answer);
  expect(page).toEqual(answer);
  return page;
}

describe('the stream of events', () => {
  test('has drift with everything that the log has about it', async () => {
    const at = startService();
    await at.post(aBody({ labels: { env: 'lab' }, commit: 'c0ffee' }));
    const stream = await listen(at);
    expect(await stream.next()).toEqual({ event: 'reset', id: '1', data: {} });
    const fields = { last_check: iso(NOON), commit: 'c0ffee', run_url: 'https://ci/1' };
    at.now += MINUTE;
    await at.post(aDrift(['a', 'b'], { ...fields, last_check: iso(at.now) }));
    const told = await stream.next();
    const incident = { id: expect.any(Number), opened_at: iso(at.now), cause: 'host_changed' };
    const row = {
      seq: 2,
      kind: 'state_changed',
      origin: 'report',
      actor: null,
      recorded_at: iso(at.now),
      effective_at: iso(at.now),
      repo: 'rsyslog',
      server: 'rsyslog-lab',
      labels: { env: 'lab' },
      previous_state: 'SYNCED',
      state: 'OUT_OF_SYNC',
      incident,
      drift_count: 2,
      commit: 'c0ffee',
      run_url: 'https://ci/1',
      detail: null,
    };
    expect(told).toEqual({ event: 'state_changed', id: '2', data: row });
    z.strictObject(eventRow.shape).parse(told?.data);
    expect(await stream.next()).toMatchObject({
      event: 'incident_opened',
      id: '3',
      data: { previous_state: null, state: 'OUT_OF_SYNC', incident },
    });
  });

  test('has null if it is not known how many files differ', async () => {
    const at = startService();
    await at.post(aDrift([]));
    const { rows } = await pageOf(at, '&limit=1');
    expect(rows).toMatchObject([{ kind: 'target_added', state: 'OUT_OF_SYNC', drift_count: null }]);
  });

  test('has a deleted target, and who deleted it', async () => {
    const at = startService();
    const { token, text } = aToken({ name: 'alice', scopes: ['admin', 'read', 'report'] });
    at.service.tokens.declare([token]);
    const bearer = { Authorization: `Bearer ${text}` };
    await at.post(aBody(), '/api/v1/reports', bearer);
    const stream = await listen(at, '', bearer);
    await stream.next();
    const path = '/api/v1/targets?repo=rsyslog&server=rsyslog-lab';
    await at.service.app.request(path, { method: 'DELETE', headers: bearer });
    const data = { repo: 'rsyslog', server: 'rsyslog-lab', actor: 'alice', origin: 'delete', state: null };
    expect(await stream.next()).toMatchObject({ event: 'target_deleted', data });
  });

  test('has silence once the log has it', async () => {
    const at = startService();
    await at.post(aBody());
    const stream = await listen(at);
    await stream.next();
    at.now += 11 * MINUTE;
    expect(await at.service.store.recordTimeChanges(500)).toBe(1);
    const data = {
      state: 'STALE',
      previous_state: 'SYNCED',
      origin: 'time',
      effective_at: iso(NOON + 10 * MINUTE),
    };
    expect(await stream.next()).toMatchObject({ event: 'state_changed', data });
  });

  test('continues after the last event that was seen', async () => {
    const at = startService();
    const first = await listen(at);
    await first.next();
    await at.post(aBody());
    const seen = await first.next();
    await first.close();
    await at.post(aBody({ server: 'missed' }));
    const again = await listen(at, '', { 'Last-Event-ID': seen?.id ?? '' });
    expect(await again.next()).toMatchObject({ event: 'target_added', data: { server: 'missed' } });
    await at.post(aBody({ server: 'heard' }));
    expect(await again.next()).toMatchObject({ event: 'target_added', data: { server: 'heard' } });
  });

  test('has only the requested repos and servers', async () => {
    const at = startService();
    const stream = await listen(at, '?repo=web,db&server=a');
    await stream.next();
    const targets = [
      { repo: 'web', server: 'b' },
      { repo: 'mail', server: 'a' },
      { repo: 'db', server: 'a' },
    ];
    await at.post(targets.map(aBody));
    expect(await stream.next()).toMatchObject({ data: { repo: 'db', server: 'a' } });
  });

  test('has only the requested labels, as they are at the time of the event', async () => {
    const at = startService();
    const stream = await listen(at, '?label=env:prod&label=team:a,b');
    await stream.next();
    await at.post([
      aBody({ server: 'other-env', labels: { env: 'test', team: 'a,b' } }),
      aBody({ server: 'other-team', labels: { env: 'prod', team: 'a' } }),
      aBody({ server: 'none' }),
      aBody({ server: 'meant', labels: { env: 'prod', team: 'a,b' } }),
    ]);
    const labels = { env: 'prod', team: 'a,b' };
    expect(await stream.next()).toMatchObject({ data: { server: 'meant', labels } });
    await at.post(aDrift(['a'], { server: 'meant', labels: { env: 'test' }, last_check: iso(NOON + 1) }));
    await at.post(aDrift(['a'], { server: 'other-env', labels, last_check: iso(NOON + 1) }));
    expect(await stream.next()).toMatchObject({ data: { server: 'other-env', labels } });
  });

  test('ends when the server is about to stop, and is refused from then on', async () => {
    const at = startService();
    const stream = await listen(at);
    await stream.next();
    at.service.tail.close();
    expect(await stream.next()).toBeUndefined();
    const refused = await at.get('/api/v1/events');
    expect(refused.headers.get('Retry-After')).toBe('1');
    expect(await problemOf(refused)).toMatchObject({ status: 503 });
  });

  test('is stored by no cache and buffered by no proxy', async () => {
    const at = startService();
    const answer = await at.get('/api/v1/events');
    await answer.body?.cancel();
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
  });

  test('is not held open for HEAD', async () => {
    const at = startService();
    let listeners = 0;
    const tail = {
      ...at.service.tail,
      subscribe: () => Promise.reject(new Error(`listener ${++listeners}`)),
    };
    const answer = await at.appWith({ tail }).request('/api/v1/events', { method: 'HEAD' });
    expect([answer.status, await answer.text(), listeners]).toEqual([200, '', 0]);
  });

  test('has room for the next listener when one disconnects', async () => {
    const at = startService();
    const all = await Promise.all(Array.from({ length: 1000 }, () => at.get('/api/v1/events')));
    expect((await at.get('/api/v1/events')).status).toBe(503);
    for (const { body } of all) await body?.cancel();
    const next = await at.get('/api/v1/events');
    expect(next.status).toBe(200);
    await next.body?.cancel();
  });

  test('is for everybody who may see the pages: a browser sends the token as a password', async () => {
    const at = startService();
    const { token, text } = aToken({ scopes: ['read'] });
    at.service.tokens.declare([token]);
    expect((await at.get('/api/v1/events')).status).toBe(401);
    const stream = await listen(at, '', asPassword(text));
    expect(await stream.next()).toMatchObject({ event: 'reset' });
  });
});

describe('the log as JSON', () => {
  /** Five targets, one after another, so that seq and server have the same number. */
  const five = async () => {
    const at = startService();
    for (const server of ['1', '2', '3', '4', '5']) await at.post(aBody({ server }));
    return at;
  };

  test('is read page by page, from the first event to the last', async () => {
    const at = await five();
    const first = await pageOf(at, '&limit=3');
    expect([first.rows.map(({ seq }) => seq), first.next]).toEqual([[1, 2, 3], 3]);
    const second = await pageOf(at, `&limit=3&after=${first.next}`);
    expect([second.rows.map(({ seq }) => seq), second.next]).toEqual([[4, 5], 5]);
    expect(await pageOf(at, '&after=5')).toEqual({ rows: [], next: 5 });
    expect(await pageOf(startService())).toEqual({ rows: [], next: 0 });
  });

  test('moves on even if nothing on a page was asked for', async () => {
    const at = await five();
    expect(await pageOf(at, '&limit=3&server=5&repo=rsyslog')).toEqual({ rows: [], next: 3 });
    expect(await pageOf(at, '&limit=3&server=5&after=3')).toMatchObject({ rows: [{ server: '5' }], next: 5 });
  });

  test('has 100 events a page by default, and never more than 1000', async () => {
    const at = startService();
    await at.post(Array.from({ length: 1000 }, (_, i) => aBody({ server: `s${i}` })));
    await at.post(aBody({ server: 'one more' }));
    expect((await pageOf(at)).rows).toHaveLength(100);
    expect((await pageOf(at, '&limit=1000')).rows).toHaveLength(1000);
    expect((await at.get('/api/v1/events?format=json&limit=1001')).status).toBe(422);
  });

  test('is read one page in a turn of the event loop, however many clients ask', async () => {
    const at = await five();
    const { store } = at.service;
    let reads = 0;
    const eventsAfter: typeof store.eventsAfter = (...asked) => {
      reads++;
      return store.eventsAfter(...asked);
    };
    const app = at.appWith({ store: { ...store, eventsAfter } });
    const pages = Promise.all(Array.from({ length: 50 }, () => app.request('/api/v1/events?format=json')));
    const steps: number[] = [];
    while (reads < 50) {
      const before = reads;
      await setImmediate();
      steps.push(reads - before);
    }
    expect(Math.max(...steps)).toBe(1);
    expect((await pages).every(({ status }) => status === 200)).toBe(true);
  });

  test('has the same events as the stream', async () => {
    const at = await five();
    const stream = await listen(at, '', { 'Last-Event-ID': '0' });
    for (const row of (await pageOf(at)).rows) {
      expect(await stream.next()).toEqual({ event: row.kind, id: String(row.seq), data: row });
    }
  });

  test('lets a reader notice that events it has not read are gone', async () => {
    const at = await five();
    at.now += 40 * DAY;
    await at.post(aBody({ server: '6', last_check: iso(at.now) }));
    const horizons = {
      reportsBefore: 0,
      historyBefore: 0,
      eventsBefore: at.now - 30 * DAY,
      actionsBefore: 0,
    };
    // Each pass takes two days.
    for (let pass = 0; pass < 6; pass++) for await (const _ of at.service.store.prune(horizons, 5));
    const fallen = await problemOf(await at.get('/api/v1/events?format=json&after=4'));
    expect(fallen).toMatchObject({ status: 422, errors: [{ parameter: 'after' }] });
    expect(fallen.detail).toContain('the log has 6 to 6');
    expect(await pageOf(at, '&after=5')).toMatchObject({ rows: [{ seq: 6 }], next: 6 });
    expect(await pageOf(at)).toMatchObject({ rows: [{ seq: 6 }], next: 6 });
  });

  test.each([['&after=6'], ['&after=-1'], ['&after=1.5'], ['&after=x'], ['&limit=0'], ['&after=1&after=2']])(
    'refuses %s in words',
    async (query) => {
      const refused = await problemOf(await (await five()).get(`/api/v1/events?format=json${query}`));
      expect(refused).toMatchObject({ status: 422 });
    },
  );
});

test.each([
  ['?state=STALE'],
  ['?since=yesterday'],
  ['?repo=a%20b'],
  ['?format=csv'],
  ['?after=1'],
  ['?limit=1'],
])('a stream with %s is refused in words', async (query) => {
  expect(await problemOf(await startService().get(`/api/v1/events${query}`))).toMatchObject({ status: 422 });
});

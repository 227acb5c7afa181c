import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { changeData } from '../../src/http/schemas/event.ts';
import { MINUTE, NOON } from '../fixtures.ts';
import { EventStream } from './event-stream.ts';
import { aBody, aDrift, iso, problemOf, startService, type TestService } from './service.ts';
import { asPassword, aToken } from './tokens.ts';

async function listen(at: TestService, query = '', headers: Record<string, string> = {}) {
  const stream = new EventStream(await at.get(`/api/v1/events${query}`, headers));
  onTestFinished(() => stream.close());
  return stream;
}

describe('the stream of events', () => {
  test('tells of drift with everything that a row of it has to show', async () => {
    const at = startService();
    await at.post(aBody());
    const stream = await listen(at);
    expect(await stream.next()).toMatchObject({ event: 'reset', data: {} });
    await at.post(aDrift(['a', 'b'], { last_check: iso(NOON + MINUTE) }));
    const told = await stream.next();
    expect(told).toMatchObject({
      event: 'state',
      data: {
        repo: 'rsyslog',
        server: 'rsyslog-lab',
        state: 'OUT_OF_SYNC',
        previous_state: 'SYNCED',
        since: iso(NOON + MINUTE),
        sync_status: 'OUT_OF_SYNC',
        drift_count: 2,
        last_check: iso(NOON + MINUTE),
        stale_at: iso(NOON + 11 * MINUTE),
        incident_opened_at: iso(NOON + MINUTE),
      },
    });
    z.strictObject(changeData.shape).parse(told?.data);
    expect(await stream.next()).toMatchObject({ event: 'incident_opened' });
  });

  test('tells of a target that was deleted', async () => {
    const at = startService();
    await at.post(aBody());
    const stream = await listen(at);
    await stream.next();
    await at.service.app.request('/api/v1/targets?repo=rsyslog&server=rsyslog-lab', { method: 'DELETE' });
    const data = { repo: 'rsyslog', server: 'rsyslog-lab' };
    expect(await stream.next()).toMatchObject({ event: 'forgotten', data });
  });

  test('goes on after the last event that was seen', async () => {
    const at = startService();
    const first = await listen(at);
    await first.next();
    await at.post(aBody());
    const seen = await first.next();
    await first.close();
    await at.post(aBody({ server: 'missed' }));
    const again = await listen(at, '', { 'Last-Event-ID': seen?.id ?? '' });
    expect(await again.next()).toMatchObject({ event: 'state', data: { server: 'missed' } });
  });

  test('is only of the repos and servers that were asked for', async () => {
    const at = startService();
    const stream = await listen(at, '?repo=web,db&server=a');
    await stream.next();
    await at.post(
      [
        { repo: 'web', server: 'b' },
        { repo: 'mail', server: 'a' },
        { repo: 'db', server: 'a' },
      ].map(aBody),
    );
    expect(await stream.next()).toMatchObject({ data: { repo: 'db', server: 'a' } });
  });

  test('ends when the server is about to, and is refused from then on', async () => {
    const at = startService();
    const stream = await listen(at);
    await stream.next();
    at.service.live.close();
    expect(await stream.next()).toBeUndefined();
    const refused = await at.get('/api/v1/events');
    expect(refused.headers.get('Retry-After')).toBe('1');
    expect(await problemOf(refused)).toMatchObject({ status: 503 });
  });

  test('is kept by no cache and held back by no proxy', async () => {
    const at = startService();
    const answer = await at.get('/api/v1/events');
    await answer.body?.cancel();
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
  });

  test('is taken by nobody who asks only for its headers', async () => {
    const at = startService();
    let listeners = 0;
    const live = { listen: () => Promise.reject(new Error(`listener ${++listeners}`)) };
    const answer = await at.appWith({ live }).request('/api/v1/events', { method: 'HEAD' });
    expect([answer.status, await answer.text(), listeners]).toEqual([200, '', 0]);
  });

  test('has a place for the next one when somebody goes away', async () => {
    const at = startService();
    const all = await Promise.all(Array.from({ length: 1000 }, () => at.get('/api/v1/events')));
    expect((await at.get('/api/v1/events')).status).toBe(503);
    for (const { body } of all) await body?.cancel();
    const next = await at.get('/api/v1/events');
    expect(next.status).toBe(200);
    await next.body?.cancel();
  });

  test.each([['?state=STALE'], ['?since=yesterday'], ['?repo=a%20b']])(
    'refuses %s in words',
    async (query) => {
      expect(await problemOf(await startService().get(`/api/v1/events${query}`))).toMatchObject({
        status: 422,
      });
    },
  );

  test('is for whoever may see the pages: a browser sends the token as a password', async () => {
    const at = startService();
    const { token, text } = aToken({ scopes: ['read'] });
    at.service.tokens.declare([token]);
    expect((await at.get('/api/v1/events')).status).toBe(401);
    const stream = await listen(at, '', asPassword(text));
    expect(await stream.next()).toMatchObject({ event: 'reset' });
  });
});

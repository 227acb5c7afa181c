import { z } from '@hono/zod-openapi';
import { beforeEach, describe, expect, test } from 'vitest';
import type { HttpDeps } from '../../src/http/deps.ts';
import { ResponseCache } from '../../src/http/response-cache.ts';
import { statusRow } from '../../src/http/schemas/status.ts';
import { HOUR, MINUTE, NOON } from '../fixtures.ts';
import { aBody, aDrift, iso, startService, type TestService } from './service.ts';

describe('the status, asked for again', () => {
  let at: TestService;
  let made: number;
  /** Happens once while an answer is made. */
  let overtake: (() => Promise<unknown>) | undefined;
  let app: ReturnType<TestService['appWith']>;
  beforeEach(async () => {
    at = startService();
    made = 0;
    overtake = undefined;
    const { store } = at.service;
    const counting: HttpDeps['store'] = {
      ...store,
      async statuses(...asked) {
        made++;
        const statuses = await store.statuses(...asked);
        const now = overtake;
        overtake = undefined;
        await now?.();
        return statuses;
      },
    };
    app = at.appWith({ store: counting });
    await at.post(aBody());
  });

  const ask = (path = '/status.json', headers: Record<string, string> = {}) => app.request(path, { headers });
  const states = async () => {
    const rows = z.array(statusRow).parse(await (await ask()).json());
    return rows.map(({ state }) => state);
  };

  test('is the same bytes, made once, as long as nothing is recorded', async () => {
    const [first, again] = [await ask(), await ask()];
    expect(await again.text()).toBe(await first.text());
    expect([...again.headers]).toEqual([...first.headers]);
    expect(made).toBe(1);
  });

  test('for another question is another answer', async () => {
    expect(await (await ask()).json()).toHaveLength(1);
    expect(await (await ask('/status.json?repo=other')).json()).toEqual([]);
    expect(made).toBe(2);
  });

  test('includes what was recorded and deleted since', async () => {
    expect(await states()).toEqual(['SYNCED']);
    await at.post(aDrift(['a'], { last_check: iso(NOON + MINUTE) }));
    expect(await states()).toEqual(['OUT_OF_SYNC']);
    await app.request('/api/v1/targets?repo=rsyslog&server=rsyslog-lab', { method: 'DELETE' });
    expect(await states()).toEqual([]);
  });

  test('is STALE to the millisecond, even if nothing was recorded', async () => {
    at.now = NOON + 10 * MINUTE - 1;
    expect(await states()).toEqual(['SYNCED']);
    at.now = NOON + 10 * MINUTE;
    expect(await states()).toEqual(['STALE']);
  });

  test('follows a clock that is turned back, and one that has caught up again', async () => {
    expect(await states()).toEqual(['SYNCED']);
    at.now = NOON - HOUR;
    expect(await states()).toEqual(['STALE']);
    at.now = NOON - 5 * MINUTE;
    expect(await states()).toEqual(['SYNCED']);
  });

  test('is not made again for a client that names its ETag, in any form', async () => {
    const tag = (await ask()).headers.get('ETag') ?? '';
    for (const known of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
      const answer = await ask('/status.json', { 'If-None-Match': known });
      expect([answer.status, await answer.text(), answer.headers.get('ETag')]).toEqual([304, '', tag]);
    }
    expect((await ask('/status.json', { 'If-None-Match': '"other"' })).status).toBe(200);
    expect(made).toBe(1);
  });

  test('loses its ETag once there is something new, or the clock changes it', async () => {
    const status = async (tag: string) => (await ask('/status.json', { 'If-None-Match': tag })).status;
    const tag = async () => (await ask()).headers.get('ETag') ?? '';
    const first = await tag();
    expect(await status(first)).toBe(304);
    at.now = NOON + 10 * MINUTE;
    expect(await status(first)).toBe(200);
    const stale = await tag();
    expect(await status(stale)).toBe(304);
    await at.post(aDrift(['a'], { last_check: iso(NOON + 10 * MINUTE) }));
    expect(await status(stale)).toBe(200);
    expect(await status(await tag())).toBe(304);
    at.now = NOON - HOUR;
    expect(await status(await tag())).toBe(304);
  });

  test('says which events are in it, even if it is cached or not sent again', async () => {
    const seqOf = (answer: Response) => Number(answer.headers.get('Event-Seq'));
    const first = await ask();
    const { last } = await at.service.store.eventBounds();
    expect([last > 0, seqOf(first), seqOf(await ask())]).toEqual([true, last, last]);
    const known = { 'If-None-Match': first.headers.get('ETag') ?? '' };
    for (const _ of [1, 2]) {
      const again = await ask('/status.json', known);
      expect([again.status, seqOf(again)]).toEqual([304, last]);
    }
    await at.post(aDrift(['a'], { last_check: iso(NOON + 1) }));
    expect(seqOf(await ask('/status.json', known))).toBeGreaterThan(last);
  });

  test('does not count as the newest if something is recorded while it is made', async () => {
    overtake = () => at.post(aDrift(['a'], { last_check: iso(NOON + 1) }));
    expect(await states()).toEqual(['SYNCED']);
    expect(await states()).toEqual(['OUT_OF_SYNC']);
  });

  test('for an instant also has an ETag, and is made for each question', async () => {
    const path = `/status.json?at=${NOON}`;
    const tag = (await ask(path)).headers.get('ETag') ?? '';
    expect((await ask(path, { 'If-None-Match': tag })).status).toBe(304);
    expect(made).toBe(2);
  });

  test('for another question has its own ETag', async () => {
    const tag = (await ask()).headers.get('ETag') ?? '';
    expect((await ask('/status.json?repo=other', { 'If-None-Match': tag })).status).toBe(200);
    expect((await ask('/status.json', { 'If-None-Match': tag })).status).toBe(304);
  });
});

describe('the cache of answers', () => {
  const MIB = 1024 * 1024;
  const validity = { version: '1', from: NOON, to: NOON + HOUR };
  const answerOf = (bytes: number) => ({
    status: 200,
    headers: [],
    body: new ArrayBuffer(bytes),
    reason: undefined,
    freshUntil: validity.to,
  });
  const cachedOf = (cache: ResponseCache, names: readonly string[]) =>
    names.filter((name) => cache.get(name, { version: '1', at: NOON }) !== undefined);

  test('holds at most 32 answers and 32 MiB, including names, and drops the oldest', () => {
    const cache = new ResponseCache();
    const names = ['a', 'b', 'c', 'd', 'e'];
    for (const name of names) cache.set(name, answerOf(10 * MIB), validity);
    expect(cachedOf(cache, names)).toEqual(['c', 'd', 'e']);
    expect(cache.bytes).toBe(30 * MIB + 3);
    for (let i = 0; i < 100_000; i++) cache.set(`question ${i}`, answerOf(1), validity);
    expect(cache.bytes).toBe(32 * ('question 99999'.length + 1));
  });

  test('keeps the others if one answer is too large for it, and counts a replaced one once', () => {
    const cache = new ResponseCache();
    for (const size of [1, 2, 3]) cache.set('a', answerOf(size * MIB), validity);
    cache.set('b', answerOf(17 * MIB), validity);
    expect(cachedOf(cache, ['a', 'b'])).toEqual(['a']);
    expect(cache.bytes).toBe(3 * MIB + 1);
  });
});

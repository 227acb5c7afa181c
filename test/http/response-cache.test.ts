import { z } from '@hono/zod-openapi';
import { beforeEach, describe, expect, test } from 'vitest';
import type { HttpDeps } from '../../src/http/deps.ts';
import type { Elsewhere } from '../../src/http/middleware/elsewhere.ts';
import { statusRow } from '../../src/http/schemas/status.ts';
import { readerVerbs } from '../../src/threads/reader-verbs.ts';
import { HOUR, MINUTE, NOON } from '../fixtures.ts';
import { aBody, aDrift, iso, startService, type TestService } from './service.ts';

/** As a question is answered by another thread, with nothing between the two. */
function elsewhereOf(app: ReturnType<TestService['appWith']>, store: HttpDeps['store']): Elsewhere {
  const reader = readerVerbs(app, store);
  return async ({ method, url, headers }) => {
    const { value } = await reader.ask({ method, url, headers: [...headers] });
    const { status, body, reason, sameUntil } = value;
    const response = new Response(body ?? null, { status, headers: Object.fromEntries(value.headers) });
    return { response, reason, sameUntil };
  };
}

describe.each(['here', 'by another thread'])('the status, asked for again, answered %s', (where) => {
  let at: TestService;
  let made: number;
  let passedOn: number;
  let inner: typeof app;
  let app: ReturnType<TestService['appWith']>;
  beforeEach(async () => {
    at = startService();
    made = 0;
    const { store } = at.service;
    const counting: HttpDeps['store'] = {
      ...store,
      statuses(...asked) {
        made++;
        return store.statuses(...asked);
      },
    };
    inner = at.appWith({ store: counting });
    app = inner;
    passedOn = 0;
    if (where === 'by another thread') {
      const elsewhere = elsewhereOf(inner, counting);
      app = at.appWith({
        elsewhere(request) {
          passedOn++;
          return elsewhere(request);
        },
      });
    }
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

  test('of another question is another answer', async () => {
    expect(await (await ask()).json()).toHaveLength(1);
    expect(await (await ask('/status.json?repo=other')).json()).toEqual([]);
    expect(made).toBe(2);
  });

  test('knows what was recorded, and what was forgotten, since', async () => {
    expect(await states()).toEqual(['SYNCED']);
    await at.post(aDrift(['a'], { last_check: iso(NOON + MINUTE) }));
    expect(await states()).toEqual(['OUT_OF_SYNC']);
    await app.request('/api/v1/targets?repo=rsyslog&server=rsyslog-lab', { method: 'DELETE' });
    expect(await states()).toEqual([]);
  });

  test('is STALE to the millisecond, though nothing was recorded', async () => {
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

  test('is not made again for whoever names its ETag, in any of the ways there are', async () => {
    const tag = (await ask()).headers.get('ETag') ?? '';
    for (const known of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
      const answer = await ask('/status.json', { 'If-None-Match': known });
      expect([answer.status, await answer.text(), answer.headers.get('ETag')]).toEqual([304, '', tag]);
    }
    if (where === 'by another thread') expect(passedOn).toBe(1);
    expect((await ask('/status.json', { 'If-None-Match': '"other"' })).status).toBe(200);
    expect(made).toBe(1);
  });

  test('has no longer the ETag it had once there is something new, or the clock makes it another', async () => {
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

  test('is known by its ETag also where it was kept before it was asked for here', async () => {
    const tag = (await inner.request('/status.json')).headers.get('ETag') ?? '';
    for (const _ of [1, 2]) expect((await ask('/status.json', { 'If-None-Match': tag })).status).toBe(304);
    expect([made, passedOn]).toEqual([1, where === 'here' ? 0 : 1]);
  });

  test('of another question has an ETag of its own', async () => {
    const tag = (await ask()).headers.get('ETag') ?? '';
    expect((await ask('/status.json?repo=other', { 'If-None-Match': tag })).status).toBe(200);
    expect((await ask('/status.json', { 'If-None-Match': tag })).status).toBe(304);
  });
});

import { z } from '@hono/zod-openapi';
import { beforeEach, describe, expect, test } from 'vitest';
import type { HttpDeps } from '../../src/http/deps.ts';
import { statusRow } from '../../src/http/schemas/status.ts';
import { HOUR, MINUTE, NOON } from '../fixtures.ts';
import { aBody, aDrift, iso, startService, type TestService } from './service.ts';

describe('the status, asked for again', () => {
  let at: TestService;
  let made: number;
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
    expect((await ask('/status.json', { 'If-None-Match': '"other"' })).status).toBe(200);
    expect(made).toBe(1);
  });
});

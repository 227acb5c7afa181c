import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Answer, Ask } from '../../src/http/ask.ts';
import { MINUTE, NOON } from '../fixtures.ts';
import { aBody, iso, problemOf, startService, type TestService } from './service.ts';

const anAnswer = (traits: Partial<Answer> = {}): Answer => ({
  status: 200,
  headers: [['Content-Type', 'application/json']],
  body: new TextEncoder().encode('[]').buffer,
  reason: undefined,
  freshUntil: undefined,
  ...traits,
});

describe('a question', () => {
  let at: TestService;
  beforeEach(() => {
    at = startService({ GITOPS_STATUS_QUESTION_TIMEOUT: '1s' });
  });
  afterEach(() => at.service.close());

  test('that takes too long is a 504 that says how to ask for less, and the work on it stops', async () => {
    let asked: AbortSignal | undefined;
    const never: Ask = (_, signal) => {
      asked = signal;
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    };
    const answer = await at.appWith({ ask: never }).request('/api/v1/timeline');
    expect(answer.status).toBe(504);
    expect((await problemOf(answer)).detail).toContain('Ask for a shorter range');
    expect(asked?.aborted).toBe(true);
  });

  test('is given up if its client disconnects', async () => {
    let asked: AbortSignal | undefined;
    const leaving = new AbortController();
    const waiting: Ask = (_, signal) => {
      asked = signal;
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
        leaving.abort();
      });
    };
    await at.appWith({ ask: waiting }).request('/status.json', { signal: leaving.signal });
    expect(asked?.aborted).toBe(true);
  });

  test('is asked and cached as a whole, whatever its client has already', async () => {
    const asked: string[][] = [];
    const ask: Ask = async ({ headers }) => {
      asked.push(headers.map(([name]) => name.toLowerCase()));
      return anAnswer({ headers: [['ETag', '"1"']], freshUntil: at.now + MINUTE });
    };
    const app = at.appWith({ ask });
    const again = () => app.request('/status.json', { headers: { 'If-None-Match': '"1"' } });
    expect([(await again()).status, (await again()).status]).toEqual([304, 304]);
    expect(asked).toHaveLength(1);
    expect(asked[0]).not.toContain('if-none-match');
  });

  test('is answered from the cache while the data and every state in it are the same', async () => {
    let asked = 0;
    const ask: Ask = async () => {
      asked++;
      return anAnswer({ freshUntil: at.now + MINUTE });
    };
    const app = at.appWith({ ask });
    const times = async (path: string, headers = {}) => {
      const before = asked;
      await app.request(path, { headers });
      return asked - before;
    };
    expect([await times('/status.json'), await times('/status.json')]).toEqual([1, 0]);
    expect(await times('/status.json?repo=a')).toBe(1);
    expect(await times('/status.json', { Accept: 'text/csv' })).toBe(1);
    await at.post(aBody());
    expect([await times('/status.json'), await times('/status.json')]).toEqual([1, 0]);
    at.now += MINUTE;
    expect(await times('/status.json')).toBe(1);
    at.now -= 1;
    expect(await times('/status.json')).toBe(1);
  });

  test('is asked again each time if nothing says how long its answer lasts', async () => {
    let asked = 0;
    const ask: Ask = async () => {
      asked++;
      return anAnswer();
    };
    const app = at.appWith({ ask });
    for (let i = 0; i < 3; i++) await app.request('/api/v1/timeline');
    expect(asked).toBe(3);
  });

  test('cannot ask what only this server itself asks', async () => {
    expect((await at.get('/internal/fleet-metrics')).status).toBe(404);
  });

  test('with too large an answer is refused with how to narrow it', async () => {
    const files = Array.from({ length: 200 }, (_, i) => ({ name: `${i}${'x'.repeat(4000)}` }));
    for (let i = 0; i < 100; i++) {
      const drift = { sync_status: 'OUT_OF_SYNC', files: [...files, { name: `of-${i}` }] };
      await at.post(aBody({ ...drift, server: `s${i}`, last_check: iso(NOON) }));
    }
    const answer = await at.get('/status.json');
    expect(answer.status).toBe(422);
    expect((await problemOf(answer)).detail).toContain('Ask for a shorter range');
    expect((await at.get('/status.json?limit=10')).status).toBe(200);
  });
});

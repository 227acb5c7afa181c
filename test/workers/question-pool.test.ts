import { afterEach, describe, expect, test } from 'vitest';
import type { Question } from '../../src/http/ask.ts';
import { createQuestionPool, type QuestionPool } from '../../src/workers/question-pool.ts';
import { until } from '../e2e/faults/until.ts';

const data = { path: ':memory:', version: '0.0.0-test', logLevel: 'silent' };
const filename = new URL('./scripted-worker.mjs', import.meta.url).href;
const ask = (pool: QuestionPool, path: string, signal = new AbortController().signal) => {
  const question: Question = {
    method: 'GET',
    url: `http://localhost${path}`,
    headers: [],
    publicUrl: 'http://localhost',
  };
  return pool.ask(question, signal);
};

describe('the pool of question workers', () => {
  let pool: QuestionPool;
  const start = (options: Parameters<typeof createQuestionPool>[1] = {}) => {
    pool = createQuestionPool(data, { filename, maxThreads: 1, ...options });
  };
  afterEach(() => pool.close());

  test('starts no thread before the first question', async () => {
    start();
    expect(pool.threads).toBe(0);
    expect(await ask(pool, '/quick')).toMatchObject({ status: 200, reason: '/quick' });
    expect(pool.threads).toBe(1);
  });

  test('asks nothing for a client that has already disconnected', async () => {
    start();
    await expect(ask(pool, '/quick', AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
    expect(pool.threads).toBe(0);
  });

  test('a worker whose answer is no longer wanted stops, and answers the next question', async () => {
    // A grace that never ends: the worker must stop by itself.
    start({ graceMs: 2 ** 30 });
    const leaving = new AbortController();
    const abandoned = ask(pool, '/patient', leaving.signal);
    const next = ask(pool, '/quick');
    await until('no thread has started', () => pool.threads === 1);
    leaving.abort(new Error('gone'));
    await expect(abandoned).rejects.toThrow('gone');
    expect(await next).toMatchObject({ reason: '/quick' });
  });

  test('a worker that never checks whether it is wanted is ended, and another one answers', async () => {
    start({ graceMs: 20 });
    const leaving = new AbortController();
    const abandoned = ask(pool, '/deaf', leaving.signal);
    const next = ask(pool, '/quick');
    await until('no thread has started', () => pool.threads === 1);
    leaving.abort(new Error('gone'));
    await expect(abandoned).rejects.toThrow('gone');
    expect(await next).toMatchObject({ reason: '/quick' });
  });

  test('accepts no more questions than may wait, and asks to retry', async () => {
    start({ maxQueued: 2 });
    const leaving = new AbortController();
    const asked = [0, 1, 2].map(() => ask(pool, '/patient', leaving.signal).catch(String));
    await until('none is being answered', () => pool.threads === 1);
    await until('two do not wait', async () => {
      const error = await ask(pool, '/quick', leaving.signal).catch((reason: unknown) => reason);
      return error instanceof Error && /waiting to be answered/.test(error.message);
    });
    leaving.abort('gone');
    expect(await Promise.all(asked)).toEqual(['gone', 'gone', 'gone']);
  });

  test('reports a failed checkpoint to its caller', async () => {
    start();
    await expect(pool.checkpoint('fine')).resolves.toBeUndefined();
    await expect(pool.checkpoint('broken')).rejects.toThrow('cannot be copied');
  });
});

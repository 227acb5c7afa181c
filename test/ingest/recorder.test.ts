import { describe, expect, test } from 'vitest';
import { DomainError } from '../../src/domain/errors.ts';
import type { Outcome } from '../../src/domain/record/submission.ts';
import { createRecorder } from '../../src/ingest/recorder.ts';
import { NOON } from '../fixtures.ts';
import { SlowStore, settled, submission } from './slow-store.ts';

const recorderOf = (store: SlowStore, maxQueuedReports = 1_000_000) =>
  createRecorder({ store, maxQueuedReports });

/** The reports that an answer is about. */
function timesOf(outcome: Outcome): number[] | string {
  return outcome.kind === 'refused' ? outcome.code : outcome.answers.map(({ since }) => since - NOON);
}

const RECORDED = { kind: 'recorded' };
const thousand = () => submission(...Array.from({ length: 1000 }, (_, n) => n));

describe('waiting reports', () => {
  test('of the same moment share one transaction, and each submission has its own answer', async () => {
    const store = new SlowStore();
    const recorder = recorderOf(store);
    const submissions = [submission(1), submission(2, 3), submission(4)];
    const outcomes = await Promise.all(submissions.map((one) => recorder.submit(one)));
    expect(store.batches).toEqual([[1, 2, 3, 4]]);
    expect(outcomes.map(timesOf)).toEqual([[1], [2, 3], [4]]);
  });

  test('share it even if they come one after the other within a turn of the event loop', async () => {
    const store = new SlowStore();
    const recorder = recorderOf(store);
    const first = recorder.submit(submission(1));
    await Promise.resolve();
    await Promise.all([first, recorder.submit(submission(2))]);
    expect(store.batches).toEqual([[1, 2]]);
  });

  test('are not answered before they are on disk', async () => {
    const store = new SlowStore();
    store.isSlow = true;
    let answered = false;
    const recorded = recorderOf(store)
      .submit(submission(1))
      .then(() => {
        answered = true;
      });
    await settled();
    expect([store.batches.length, answered]).toEqual([1, false]);
    store.finish();
    await recorded;
    expect(answered).toBe(true);
  });

  test('during one transaction form the next one, all of them, in order of arrival', async () => {
    const store = new SlowStore();
    store.isSlow = true;
    const recorder = recorderOf(store);
    const first = recorder.submit(submission(1));
    await settled();
    const later = [2, 3, 4].map((n) => recorder.submit(submission(n)));
    await settled();
    expect(store.batches).toEqual([[1]]);
    store.isSlow = false;
    store.finish();
    await Promise.all([first, ...later]);
    expect(store.batches).toEqual([[1], [2, 3, 4]]);
  });

  test('are written in several transactions if there are many, so that none takes very long', async () => {
    const store = new SlowStore();
    const recorder = recorderOf(store);
    await Promise.all([1, 2, 3, 4, 5].map(() => recorder.submit(thousand())));
    expect(store.batches.map((batch) => batch.length)).toEqual([2000, 2000, 1000]);
  });

  test('of one submission are never in two transactions', async () => {
    const store = new SlowStore();
    const large = { ...thousand(), reports: [1, 2, 3].flatMap(() => thousand().reports) };
    await recorderOf(store).submit(large);
    expect(store.batches.map((batch) => batch.length)).toEqual([3000]);
  });
});

describe('a refused submission', () => {
  test('gets its answer, and affects no other that waited beside it', async () => {
    const store = new SlowStore();
    store.refuses = ({ reports }) => reports[0]?.lastCheckAt === NOON + 2;
    const recorder = recorderOf(store);
    const outcomes = await Promise.all([1, 2, 3].map((n) => recorder.submit(submission(n))));
    expect(outcomes.map(timesOf)).toEqual([[1], 'conflict', [3]]);
    expect(store.batches).toHaveLength(1);
  });
});

describe('a store that cannot write', () => {
  test('is asked once for all that wait, and again for later ones', async () => {
    const store = new SlowStore();
    store.failure = new DomainError('unavailable', 'The database is locked.');
    const recorder = recorderOf(store);
    const outcomes = await Promise.allSettled([1, 2, 3].map((n) => recorder.submit(submission(n))));
    expect(outcomes).toEqual(Array(3).fill({ status: 'rejected', reason: store.failure }));
    expect(store.batches).toHaveLength(1);
    store.failure = undefined;
    await expect(recorder.submit(submission(4))).resolves.toMatchObject(RECORDED);
  });

  test('that forgets an answer leaves no request waiting for it', async () => {
    const recorder = createRecorder({ store: { record: async () => [] }, maxQueuedReports: 1 });
    await expect(recorder.submit(submission(1))).rejects.toThrow('did not say');
  });
});

describe('the queue', () => {
  test('refuses reports beyond the limit, accepts them later, and loses nothing meanwhile', async () => {
    const store = new SlowStore();
    store.isSlow = true;
    const recorder = recorderOf(store, 3);
    const waiting = [recorder.submit(submission(1)), recorder.submit(submission(2, 3))];
    await expect(recorder.submit(submission(4))).rejects.toMatchObject({ code: 'overloaded' });
    store.isSlow = false;
    await settled();
    store.finish();
    await Promise.all(waiting);
    await expect(recorder.submit(submission(4, 5, 6))).resolves.toMatchObject(RECORDED);
    expect(store.batches).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
  });

  test('has room again for a client that just got its answer', async () => {
    const recorder = recorderOf(new SlowStore(), 1);
    for (const n of [1, 2, 3]) await expect(recorder.submit(submission(n))).resolves.toMatchObject(RECORDED);
  });

  test('does not keep reports that could not be stored', async () => {
    const store = new SlowStore();
    store.failure = new DomainError('unavailable', 'The disk is full.');
    const recorder = recorderOf(store, 1);
    await expect(recorder.submit(submission(1))).rejects.toBe(store.failure);
    store.failure = undefined;
    await expect(recorder.submit(submission(1))).resolves.toMatchObject(RECORDED);
  });

  test('is idle once nothing waits any more', async () => {
    const store = new SlowStore();
    store.isSlow = true;
    const recorder = recorderOf(store);
    const submitted = recorder.submit(submission(1));
    let idle = false;
    const waited = recorder.idle().then(() => {
      idle = true;
    });
    await settled();
    expect(idle).toBe(false);
    store.finish();
    await Promise.all([submitted, waited]);
    await expect(recorder.idle()).resolves.toBeUndefined();
  });
});

test('large bodies are written in transactions of their own', async () => {
  const store = new SlowStore();
  const recorder = recorderOf(store);
  const large = (n: number, bytes: number) => ({ ...submission(n), bytes });
  await Promise.all([
    recorder.submit(large(1, 500_000)),
    recorder.submit(large(2, 500_000)),
    recorder.submit(large(3, 8_000_000)),
    recorder.submit(large(4, 1)),
    recorder.submit(submission(5)),
  ]);
  expect(store.batches).toEqual([[1, 2], [3], [4, 5]]);
});

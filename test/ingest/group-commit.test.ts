import { describe, expect, test } from 'vitest';
import { DomainError } from '../../src/domain/errors.ts';
import { createGroupCommit, createSharedCalls } from '../../src/ingest/group-commit.ts';
import { NOON } from '../fixtures.ts';
import { report, SlowStore, settled } from './slow-store.ts';

describe.each([
  ['group commit', createGroupCommit],
  ['shared calls', createSharedCalls],
])('%s', (_, create) => {
  test('lets those who record at the same moment share, each with its own answer', async () => {
    const store = new SlowStore();
    const record = create(store);
    const answers = await Promise.all([
      record([report(1)]),
      record([report(2), report(3)]),
      record([report(4)]),
    ]);
    expect(store.batches.map((batch) => batch.length)).toEqual([4]);
    expect(answers.map((recorded) => recorded.map(({ since }) => since - NOON))).toEqual([[1], [2, 3], [4]]);
  });

  test('answers nobody before the store has', async () => {
    const store = new SlowStore();
    store.isSlow = true;
    const record = create(store);
    let answered = false;
    const recorded = record([report(1)]).then(() => {
      answered = true;
    });
    await settled();
    expect([store.batches.length, answered]).toEqual([1, false]);
    store.finish();
    await recorded;
    expect(answered).toBe(true);
  });

  test('does not let one that cannot be stored take its neighbours with it', async () => {
    const store = new SlowStore();
    store.refuses = ({ checkedAt }) => checkedAt === NOON + 2;
    const record = create(store);
    const outcomes = await Promise.allSettled([1, 2, 3].map((n) => record([report(n)])));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  test('asks a store that cannot write once for all, not once for each who waits', async () => {
    const store = new SlowStore();
    store.failure = new DomainError('unavailable', 'The database is locked.');
    const record = create(store);
    const outcomes = await Promise.allSettled([1, 2, 3].map((n) => record([report(n)])));
    expect(outcomes).toEqual(Array(3).fill({ status: 'rejected', reason: store.failure }));
    expect(store.batches).toHaveLength(1);
    store.failure = undefined;
    await expect(record([report(4)])).resolves.toHaveLength(1);
  });
});

describe('group commit', () => {
  test('keeps transactions short: a flood is written in several', async () => {
    const store = new SlowStore();
    const record = createGroupCommit(store);
    const thousand = Array.from({ length: 1000 }, (_, n) => report(n));
    await Promise.all([1, 2, 3, 4, 5].map(() => record(thousand)));
    expect(store.batches.map((batch) => batch.length)).toEqual([2000, 2000, 1000]);
  });

  test('writes one group at a time; what comes meanwhile is the next', async () => {
    const store = new SlowStore();
    store.isSlow = true;
    const record = createGroupCommit(store);
    const first = record([report(1)]);
    await settled();
    const later = [2, 3, 4].map((n) => record([report(n)]));
    await settled();
    expect(store.batches.map((batch) => batch.length)).toEqual([1]);
    store.isSlow = false;
    store.finish();
    await Promise.all([first, ...later]);
    expect(store.batches.map((batch) => batch.length)).toEqual([1, 3]);
  });
});

describe('shared calls', () => {
  test('begin as soon as there is something to do, and before the one before has ended', async () => {
    const store = new SlowStore();
    store.isSlow = true;
    const record = createSharedCalls(store);
    const many = Array.from({ length: 40 }, (_, n) => record([report(n)]));
    expect(store.batches.map((batch) => batch.length)).toEqual([16, 16]);
    await settled();
    expect(store.batches.map((batch) => batch.length)).toEqual([16, 16, 8]);
    expect(store.batches.flat().map(({ checkedAt }) => checkedAt - NOON)).toEqual(many.map((_, n) => n));
    store.finish();
    await Promise.all(many);
  });

  test('never hold back so many reports that the other end is held up by one of them', async () => {
    const store = new SlowStore();
    const record = createSharedCalls(store);
    const thousand = Array.from({ length: 1000 }, (_, n) => report(n));
    await Promise.all([1, 2, 3].map(() => record(thousand)));
    expect(store.batches.map((batch) => batch.length)).toEqual([1000, 1000, 1000]);
  });
});

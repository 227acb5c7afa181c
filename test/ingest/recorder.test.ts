import { describe, expect, test } from 'vitest';
import { DomainError } from '../../src/domain/errors.ts';
import type { Report } from '../../src/domain/report.ts';
import { createRecorder } from '../../src/ingest/recorder.ts';
import type { Recorded } from '../../src/store/store.ts';
import { aReport, NOON } from '../fixtures.ts';

/** A store that writes only when told to, and remembers what it was given at once. */
class SlowStore {
  readonly batches: (readonly Report[])[] = [];
  #finish: (() => void)[] = [];
  refuses: (report: Report) => boolean = () => false;
  isSlow = false;
  failure: Error | undefined;

  async record(reports: readonly Report[]): Promise<readonly Recorded[]> {
    this.batches.push(reports);
    if (this.isSlow) await new Promise<void>((resolve) => this.#finish.push(resolve));
    if (this.failure !== undefined) throw this.failure;
    if (reports.some(this.refuses)) throw new Error('refused');
    return reports.map(({ checkedAt }) => ({
      recorded: 'new',
      change: 'first',
      since: checkedAt,
      staleAt: checkedAt,
      incident: undefined,
    }));
  }

  finish(): void {
    for (const resolve of this.#finish.splice(0)) resolve();
  }
}

const report = (n: number) => aReport({ checkedAt: NOON + n });
const settled = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

describe('the recorder', () => {
  test('lets submissions of the same moment share one transaction, each with its own answer', async () => {
    const store = new SlowStore();
    const recorder = createRecorder({ store, maxQueuedReports: 100 });
    const answers = await Promise.all([
      recorder.submit([report(1)]),
      recorder.submit([report(2), report(3)]),
      recorder.submit([report(4)]),
    ]);
    expect(store.batches.map((batch) => batch.length)).toEqual([4]);
    expect(answers.map((recorded) => recorded.map(({ since }) => since - NOON))).toEqual([[1], [2, 3], [4]]);
  });

  test('answers nobody before the store has', async () => {
    const store = new SlowStore();
    store.isSlow = true;
    const recorder = createRecorder({ store, maxQueuedReports: 100 });
    let answered = false;
    const submitted = recorder.submit([report(1)]).then(() => {
      answered = true;
    });
    await settled();
    expect([store.batches.length, answered]).toEqual([1, false]);
    store.finish();
    await submitted;
    expect(answered).toBe(true);
  });

  test('refuses what would wait beyond the limit, takes it again later, and loses nothing meanwhile', async () => {
    const store = new SlowStore();
    store.isSlow = true;
    const recorder = createRecorder({ store, maxQueuedReports: 3 });
    const first = recorder.submit([report(1)]);
    await settled();
    const waiting = recorder.submit([report(2), report(3), report(4)]);
    await expect(recorder.submit([report(5)])).rejects.toMatchObject({ code: 'overloaded' });
    expect(await recorder.submit([report(5)]).catch((error) => error)).toBeInstanceOf(DomainError);
    store.isSlow = false;
    store.finish();
    await Promise.all([first, waiting]);
    await expect(recorder.submit([report(5)])).resolves.toHaveLength(1);
  });

  test('does not let one submission that cannot be stored take its neighbours with it', async () => {
    const store = new SlowStore();
    store.refuses = ({ checkedAt }) => checkedAt === NOON + 2;
    const recorder = createRecorder({ store, maxQueuedReports: 100 });
    const outcomes = await Promise.allSettled([1, 2, 3].map((n) => recorder.submit([report(n)])));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  test('asks a store that cannot write once for the whole group, not once for each who waits', async () => {
    const store = new SlowStore();
    store.failure = new DomainError('unavailable', 'The database is locked.');
    const recorder = createRecorder({ store, maxQueuedReports: 100 });
    const outcomes = await Promise.allSettled([1, 2, 3].map((n) => recorder.submit([report(n)])));
    expect(outcomes).toEqual(Array(3).fill({ status: 'rejected', reason: store.failure }));
    expect(store.batches).toHaveLength(1);
    store.failure = undefined;
    await expect(recorder.submit([report(4)])).resolves.toHaveLength(1);
  });

  test('keeps transactions short: a flood is written in several', async () => {
    const store = new SlowStore();
    const recorder = createRecorder({ store, maxQueuedReports: 10_000 });
    const thousand = Array.from({ length: 1000 }, (_, n) => report(n));
    await Promise.all([1, 2, 3, 4, 5].map(() => recorder.submit(thousand)));
    expect(store.batches.map((batch) => batch.length)).toEqual([2000, 2000, 1000]);
  });

  test('is idle when nothing waits any more', async () => {
    const store = new SlowStore();
    store.isSlow = true;
    const recorder = createRecorder({ store, maxQueuedReports: 100 });
    const submitted = recorder.submit([report(1)]);
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

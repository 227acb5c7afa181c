import { beforeEach, describe, expect, test } from 'vitest';
import { type Horizons, NOTHING_PRUNED, type Pruned } from '../../src/domain/retention.ts';
import { retentionJob } from '../../src/jobs/retention.ts';
import { DAY, HOUR, NOON } from '../fixtures.ts';
import { Pauses } from './pauses.ts';

const SETTINGS = { retentionReportsMs: 90 * DAY, retentionHistoryMs: 365 * DAY };

describe('the retention job', () => {
  let pauses: Pauses;
  let asked: Horizons[];
  let batchesTaken: number;
  let logged: object[];
  let counted: number[];
  let done: number[];
  let abort: AbortController;

  /** Runs a pass over a store with these batches. */
  const jobOf = (batches: readonly Partial<Pruned>[], failure?: Error) => {
    let now = NOON;
    const store = {
      async *prune(horizons: Horizons, batchMs: number) {
        asked.push(horizons);
        // How long a POST may have to wait.
        expect(batchMs).toBeLessThanOrEqual(50);
        for (const batch of batches) {
          batchesTaken++;
          now += 7;
          yield { ...NOTHING_PRUNED, ...batch };
        }
        if (failure) throw failure;
      },
    };
    return retentionJob({
      store,
      clock: () => now,
      log: { info: (fields) => logged.push(fields), error: (fields) => logged.push(fields) },
      metrics: {
        countPruned: ({ reports }) => counted.push(reports),
        retentionDone: (at) => done.push(at),
      },
      settings: SETTINGS,
      pause: pauses.pause,
    });
  };
  const run = (...given: Parameters<typeof jobOf>) => jobOf(...given).run(abort.signal);

  beforeEach(() => {
    pauses = new Pauses();
    asked = [];
    batchesTaken = 0;
    logged = [];
    counted = [];
    done = [];
    abort = new AbortController();
  });

  test('prunes before the horizons of its clock, and logs the amount once', async () => {
    const pass = run([{ reports: 3, periods: 1 }, { reports: 2 }, { bytes: 4096 }]);
    for (let i = 0; i < 3; i++) await pauses.end();
    await pass;
    expect(asked).toEqual([
      {
        reportsBefore: NOON - 90 * DAY,
        historyBefore: NOON - 365 * DAY,
        eventsBefore: NOON - 30 * DAY,
        actionsBefore: NOON - 365 * DAY,
      },
    ]);
    expect(logged).toEqual([{ ...NOTHING_PRUNED, reports: 5, periods: 1, bytes: 4096, duration_ms: 3 * 7 }]);
    expect(counted).toEqual([3, 2, 0]);
    expect(done).toEqual([NOON + 3 * 7]);
  });

  test('runs first after an hour, then a day after each pass, with timers that ignore the clock', () => {
    expect(jobOf([])).toMatchObject({ firstAfterMs: HOUR, everyMs: DAY });
  });

  test('starts no batch before the pause after the last one is over', async () => {
    const pass = run([{ reports: 1 }, { reports: 1 }]);
    await pauses.begun();
    expect(batchesTaken).toBe(1);
    await pauses.end();
    expect(batchesTaken).toBe(2);
    await pauses.end();
    await pass;
  });

  test('logs nothing if nothing was too old, but the pass counts', async () => {
    const pass = run([{}]);
    await pauses.end();
    await pass;
    expect(logged).toEqual([]);
    expect(done).toEqual([NOON + 7]);
  });

  test('ends at the next batch when it is told to stop, and does not claim to be done', async () => {
    const pass = run([{ reports: 1 }, { reports: 1 }, { reports: 1 }]);
    await pauses.end();
    expect(batchesTaken).toBe(2);
    abort.abort();
    await pass;
    expect(batchesTaken).toBe(2);
    expect(done).toEqual([]);
    expect(logged).toMatchObject([{ reports: 2 }]);
  });

  test('that fails has counted what it pruned, and is not done', async () => {
    const pass = run([{ reports: 4 }], new Error('locked'));
    const outcome = expect(pass).rejects.toThrow('locked');
    await pauses.end();
    await outcome;
    expect(counted).toEqual([4]);
    expect(done).toEqual([]);
  });
});

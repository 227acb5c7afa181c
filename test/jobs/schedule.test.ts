import { describe, expect, test } from 'vitest';
import { createJobs, type Job, pauseByTimer } from '../../src/jobs/schedule.ts';
import type { Lease, LeaseUse } from '../../src/store/leases.ts';
import { alwaysHeld, FOREVER } from '../../src/store/sqlite/always-held.ts';
import { Pauses } from './pauses.ts';

const aJob = (run: Job['run']): Job => ({ name: 'a job', firstAfterMs: 10, everyMs: 100, run });

const leases = alwaysHeld();

class Log {
  readonly errors: object[] = [];
  info() {}
  error(fields: object) {
    this.errors.push(fields);
  }
}

describe('jobs', () => {
  test('run once their first pause is over, and again a whole pause after each run', async () => {
    const pauses = new Pauses();
    const log = new Log();
    let runs = 0;
    const jobs = createJobs([aJob(async () => void runs++)], { log, leases, pause: pauses.pause });
    expect(pauses.waiting).toEqual([]);
    jobs.start();
    expect(pauses.waiting).toEqual([10]);
    expect(runs).toBe(0);
    await pauses.end();
    expect(runs).toBe(1);
    expect(pauses.waiting).toEqual([100]);
    await pauses.end();
    expect(runs).toBe(2);
    await jobs.stop();
    expect(runs).toBe(2);
  });

  test('never run twice at the same time, however often they are started', async () => {
    const pauses = new Pauses();
    const jobs = createJobs([aJob(async () => undefined)], { log: new Log(), leases, pause: pauses.pause });
    jobs.start();
    jobs.start();
    expect(pauses.waiting).toEqual([10]);
    await jobs.stop();
  });

  test('that fail are logged by name, and run again at their next turn', async () => {
    const pauses = new Pauses();
    const log = new Log();
    const failure = new Error('The database cannot be written to at the moment.');
    let runs = 0;
    const failing = aJob(async () => {
      if (++runs === 1) throw failure;
    });
    const jobs = createJobs([failing], { log, leases, pause: pauses.pause });
    jobs.start();
    await pauses.end();
    expect(log.errors).toEqual([{ err: failure, job: 'a job' }]);
    await pauses.end();
    expect(runs).toBe(2);
    expect(log.errors).toHaveLength(1);
    await jobs.stop();
  });

  test('get the signal to stop, and the stop waits for the running one', async () => {
    const pauses = new Pauses();
    const steps: string[] = [];
    let finish = () => {};
    const slow = aJob(async (signal) => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      steps.push(signal.aborted ? 'ended early' : 'ended');
    });
    const jobs = createJobs([slow], { log: new Log(), leases, pause: pauses.pause });
    jobs.start();
    await pauses.end();
    const stopped = jobs.stop().then(() => steps.push('stopped'));
    finish();
    await stopped;
    expect(steps).toEqual(['ended early', 'stopped']);
  });

  test('run only while this process has the lease, are told when that is over, and give it up when they stop', async () => {
    const pauses = new Pauses();
    const term = new AbortController();
    let isHeld = false;
    let isReleased = false;
    let begin: LeaseUse['onTerm'];
    const lease: Lease = {
      name: 'jobs',
      get term() {
        return isHeld ? { ...FOREVER, signal: term.signal } : undefined;
      },
      heard: undefined,
      release: async () => {
        isReleased = true;
      },
    };
    const want = (_: string, { onTerm }: LeaseUse = {}) => {
      begin = onTerm;
      return lease;
    };
    const signals: AbortSignal[] = [];
    const jobs = createJobs([aJob(async (signal) => void signals.push(signal))], {
      log: new Log(),
      leases: { want },
      pause: pauses.pause,
    });
    jobs.start();
    await pauses.end();
    expect(signals).toHaveLength(0);
    isHeld = true;
    begin?.({ ...FOREVER, signal: term.signal });
    await pauses.end();
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    term.abort();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    isHeld = false;
    await pauses.end();
    expect(signals).toHaveLength(1);
    await jobs.stop();
    expect(isReleased).toBe(true);
  });

  test('that come without the lease are made up for within a minute of having it', async () => {
    const pauses: number[] = [];
    const jobs = createJobs([{ ...aJob(async () => undefined), everyMs: 86_400_000 }], {
      log: new Log(),
      leases: {
        want: () => ({ name: 'jobs', term: undefined, heard: undefined, release: async () => undefined }),
      },
      pause: async (ms, signal) => {
        pauses.push(ms);
        if (pauses.length > 2) await pauseByTimer(3_600_000, signal);
      },
    });
    jobs.start();
    await expect.poll(() => pauses.length).toBe(3);
    await jobs.stop();
    expect(pauses.slice(1)).toEqual([60_000, 60_000]);
  });

  test('that were never started can be stopped', async () => {
    await expect(createJobs([], { log: new Log(), leases }).stop()).resolves.toBeUndefined();
  });

  test('do not hold up a stop by the pause they are in', async () => {
    const jobs = createJobs([{ ...aJob(async () => undefined), firstAfterMs: 3_600_000 }], {
      log: new Log(),
      leases,
    });
    jobs.start();
    await expect(jobs.stop()).resolves.toBeUndefined();
    const aborted = AbortSignal.abort();
    await expect(pauseByTimer(3_600_000, aborted)).resolves.toBeUndefined();
  });
});

import { describe, expect, test } from 'vitest';
import { timeJob } from '../../src/jobs/time.ts';
import { MINUTE } from '../fixtures.ts';

const endMutesThatAreOver = async () => 0;

/** A store with this many events to write in each transaction, one after another. */
function storeWith(batches: number[]) {
  const limits: number[] = [];
  const recordTimeChanges = async (limit: number) => {
    limits.push(limit);
    return batches.shift() ?? 0;
  };
  return { limits, recordTimeChanges, endMutesThatAreOver };
}

describe('the time job', () => {
  test('begins a minute after the start, when reports that waited have arrived, then runs every five seconds', () => {
    expect(timeJob({ store: storeWith([]) })).toMatchObject({ firstAfterMs: MINUTE, everyMs: 5000 });
  });

  test('continues, 500 targets at a time, until no event is left', async () => {
    const store = storeWith([500, 500, 3]);
    await timeJob({ store }).run(new AbortController().signal);
    expect(store.limits).toEqual([500, 500, 500, 500]);
  });

  test('ends the mutes that are over, after the events about what is wrong', async () => {
    const steps: string[] = [];
    const store = {
      recordTimeChanges: async () => steps.push('told') % 2,
      endMutesThatAreOver: async () => steps.push('ended'),
    };
    await timeJob({ store }).run(new AbortController().signal);
    expect(steps).toEqual(['told', 'told', 'ended']);
  });

  test('lets others write between two transactions', async () => {
    const steps: string[] = [];
    const store = { endMutesThatAreOver, recordTimeChanges: async () => steps.push('told') % 3 };
    const running = timeJob({ store }).run(new AbortController().signal);
    setImmediate(() => steps.push('somebody else'));
    await running;
    expect(steps.slice(0, 2)).toEqual(['told', 'somebody else']);
  });

  test('ends after the current transaction when it is told to stop', async () => {
    const abort = new AbortController();
    const store = storeWith([500, 500]);
    const recordTimeChanges = (limit: number) => {
      abort.abort();
      return store.recordTimeChanges(limit);
    };
    await timeJob({ store: { endMutesThatAreOver, recordTimeChanges } }).run(abort.signal);
    expect(store.limits).toHaveLength(1);
  });
});

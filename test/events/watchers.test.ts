import { beforeEach, describe, expect, test } from 'vitest';
import type { Target } from '../../src/domain/target.ts';
import { Watchers } from '../../src/events/watchers.ts';
import { TestTimers } from './ear.ts';

const WEB: Target = { repo: 'web', server: 'a' };

describe('who watches', () => {
  let version: () => string;
  let reads: number;
  let timers: TestTimers;
  let watchers: Watchers;
  let told: unknown[];
  beforeEach(() => {
    reads = 0;
    told = [];
    version = () => 'one';
    timers = new TestTimers();
    const othersVersion = () => {
      reads++;
      return version();
    };
    watchers = new Watchers({ othersVersion, timers });
  });
  const watch = () =>
    watchers.add({ changed: (touched) => told.push(touched), closed: () => told.push('closed') });

  test('hears of a commit of this process, and of which targets it is', () => {
    watch();
    watchers.tell([WEB]);
    expect(told).toEqual([[WEB]]);
  });

  test('hears within half a second of a commit of another process, once, and never of one before', async () => {
    watch();
    await timers.pass(500);
    expect(told).toEqual([]);
    version = () => 'two';
    await timers.pass(500);
    await timers.pass(500);
    expect(told).toEqual([undefined]);
  });

  test('hears of it where the database cannot be read: what is asked then fails', async () => {
    watch();
    version = () => {
      throw new Error('disk I/O error');
    };
    await timers.pass(500);
    expect(told).toEqual([undefined]);
  });

  test('hears of the end, and of nothing after it', () => {
    watch();
    watchers.close();
    watchers.tell([WEB]);
    expect(told).toEqual(['closed']);
  });

  test('costs nothing once it has gone', async () => {
    const stop = watch();
    watch()();
    expect(timers.running).toBe(1);
    stop();
    const before = reads;
    await timers.pass(5000);
    watchers.tell([WEB]);
    expect([timers.running, reads, told]).toEqual([0, before, []]);
  });
});

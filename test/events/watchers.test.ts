import { beforeEach, describe, expect, test } from 'vitest';
import type { Target } from '../../src/domain/target.ts';
import { Watchers } from '../../src/events/watchers.ts';
import { TestTimers } from './test-listener.ts';

const WEB: Target = { repo: 'web', server: 'a' };

describe('a watcher', () => {
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

  test('is called for a commit of this process, with its targets', () => {
    watch();
    watchers.tell([WEB]);
    expect(told).toEqual([[WEB]]);
  });

  test('is called within half a second for a commit of another process, once, and never for an earlier one', async () => {
    watch();
    await timers.pass(500);
    expect(told).toEqual([]);
    version = () => 'two';
    await timers.pass(500);
    await timers.pass(500);
    expect(told).toEqual([undefined]);
  });

  test('is called if the database cannot be read: its question then fails', async () => {
    watch();
    version = () => {
      throw new Error('disk I/O error');
    };
    await timers.pass(500);
    expect(told).toEqual([undefined]);
  });

  test('is called at the end, and never after it', () => {
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

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { EventTail } from '../../src/events/tail.ts';
import type { FakeLog } from './fake-log.ts';
import { TailScene } from './tail-scene.ts';
import { settled, TestListener, type TestTimers } from './test-listener.ts';

const SECOND = 1000;

let scene: TailScene;
let log: FakeLog;
let timers: TestTimers;
let tail: EventTail;

beforeEach(() => {
  scene = new TailScene();
  ({ log, timers, tail } = scene);
});
afterEach(() => tail.close());

describe('many listeners', () => {
  test('share the same bytes: an event is encoded once for all that are live', async () => {
    const all = await Promise.all(Array.from({ length: 50 }, () => TestListener.listen(tail)));
    const picky = await Promise.all(
      [['a', 'b'], ['b', 'a'], ['a']].map((servers) => TestListener.listen(tail, { filter: { servers } })),
    );
    await scene.commit({ server: 'a' }, { server: 'c' });
    expect(scene.encoded).toEqual([1, 2]);
    const bytes = (listeners: TestListener[]) =>
      new Set(listeners.map((listener) => Reflect.get(listener.signals[1] ?? {}, 'bytes')));
    expect(bytes(all).size).toBe(1);
    expect(bytes(picky).size).toBe(2);
  });

  test('share them even if they ask for the same labels in another order', async () => {
    const asked = [['env:a', 'team:b'], ['team:b', 'env:a'], ['env:a'], ['env:a', 'env:b']];
    const listeners = await Promise.all(
      asked.map((labels) => TestListener.listen(tail, { filter: { labels } })),
    );
    await scene.commit(
      { server: '1', labels: { env: 'a', team: 'b' } },
      { server: '2', labels: { env: 'b', team: 'b' } },
      { server: '3', labels: { env: 'a' } },
    );
    expect(listeners.map(({ seqs }) => seqs)).toEqual([[1], [1], [1, 3], [1, 2, 3]]);
    const bytes = listeners.map((listener) => Reflect.get(listener.signals[1] ?? {}, 'bytes'));
    expect(bytes[0]).toBe(bytes[1]);
    // Only the tail has read, and it has everything necessary.
    expect(scene.encoded).toEqual([1, 2, 3]);
  });

  test('get an event a few at a time, and the event loop is free in between', async () => {
    const all = await Promise.all(Array.from({ length: 110 }, () => TestListener.listen(tail)));
    const told = () => all.filter(({ seqs }) => seqs.length > 0).length;
    timers.holdTurns();
    await scene.commit({});
    const steps = [told()];
    while (told() < all.length) {
      await timers.endTurn();
      steps.push(told());
    }
    expect(steps).toEqual([25, 50, 75, 100, 110]);
  });

  test('get the next page only after a free turn of the event loop, so that sockets can take the one before', async () => {
    const listener = await TestListener.listen(tail);
    timers.holdTurns();
    log.appendMany(1200);
    tail.wake();
    await settled();
    const steps = [listener.seqs.length];
    for (let turn = 0; turn < 2; turn++) {
      await timers.endTurn();
      steps.push(listener.seqs.length);
    }
    expect(steps).toEqual([500, 1000, 1200]);
  });

  test('that come back read the log one page at a time, all together', async () => {
    const last = log.appendMany(1200);
    timers.holdTurns();
    const all = await Promise.all(
      Array.from({ length: 20 }, () => TestListener.listen(tail, { lastEventId: '0' })),
    );
    const reads = [log.reads];
    for (let turn = 0; turn < 30; turn++) {
      await timers.endTurn();
      reads.push(log.reads);
    }
    const steps = new Set(reads.slice(1).map((count, i) => count - (reads[i] ?? 0)));
    expect([...steps]).toEqual([1]);
    while (all.some(({ seqs }) => seqs.length < last)) await timers.endTurn();
    expect(all.every(({ seqs }) => seqs.length === last)).toBe(true);
  });

  test('are at most 1000: one more is refused, and accepted once another has left', async () => {
    const all = await Promise.all(Array.from({ length: 1000 }, () => tail.subscribe({})));
    await expect(tail.subscribe({})).rejects.toMatchObject({ code: 'overloaded' });
    all[0]?.end();
    await expect(tail.subscribe({})).resolves.toBeDefined();
  });
});

describe('a listener that takes too little', () => {
  test.each([
    ['more than 2000 events wait', 2002, 1],
    ['more than a MiB waits', 20, 60_000],
  ])('is ended once %s, and its server is told', async (_, count, length) => {
    const tooSlow: string[] = [];
    const { tail: fat, log } = new TailScene({ encode: () => 'x'.repeat(length) });
    const stuck = await fat.subscribe({}, { onTooSlow: () => tooSlow.push('stuck') });
    const taking = stuck[Symbol.asyncIterator]();
    await taking.next();
    const listener = await TestListener.listen(fat, { onTooSlow: () => tooSlow.push('listener') });
    // It has asked for more, and so is live; from now on it asks for nothing.
    const live = taking.next();
    await settled();
    for (let i = 0; i < count; i++) {
      log.append({});
      fat.wake();
      await settled();
    }
    expect(await live).toMatchObject({ done: false });
    expect(tooSlow).toEqual(['stuck']);
    expect(await taking.next()).toMatchObject({ done: true });
    expect(listener.isOver).toBe(false);
    fat.close();
  });

  test('is ended if 64 MiB wait for all together, but one that reads in time is not', async () => {
    const text = 'x'.repeat(300 * 1024);
    const { tail: fat, log } = new TailScene({ encode: () => text });
    const tooSlow = new Set<number>();
    // Each has its own filter, and so its own bytes.
    for (let i = 0; i < 100; i++) {
      const filter = { servers: ['rsyslog-lab', `other-${i}`] };
      const listening = await fat.subscribe(filter, { onTooSlow: () => tooSlow.add(i) });
      const taking = listening[Symbol.asyncIterator]();
      await taking.next();
      // It is live from now on, and takes one more.
      void taking.next();
    }
    const listener = await TestListener.listen(fat);
    const ended: number[] = [];
    for (let commit = 0; commit < 4; commit++) {
      log.append({});
      fat.wake();
      await settled();
      ended.push(tooSlow.size);
    }
    // At most 900 KiB wait for each, but 88 MiB would for all.
    expect(ended.slice(0, 3)).toEqual([0, 0, 0]);
    expect(ended[3]).toBeGreaterThan(0);
    expect(ended[3]).toBeLessThan(100);
    expect(listener.isOver).toBe(false);
    fat.close();
  });

  test('is ended once it took nothing for half a minute, however little waits', async () => {
    let tooSlow = 0;
    const stuck = await tail.subscribe({}, { onTooSlow: () => tooSlow++ });
    await stuck[Symbol.asyncIterator]().next();
    await timers.pass(15 * SECOND);
    expect(tooSlow).toBe(0);
    await timers.pass(15 * SECOND);
    expect([tooSlow, timers.running]).toEqual([1, 0]);
  });
});

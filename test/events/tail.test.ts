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

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe('a listener', () => {
  test('gets what this process writes without any time passing', async () => {
    const listener = await TestListener.listen(tail);
    await scene.commit({}, {});
    expect(listener.seqs).toEqual([1, 2]);
  });

  test('gets what another process writes within a second, because the version changes', async () => {
    const listener = await TestListener.listen(tail);
    log.append({});
    await settled();
    expect(listener.seqs).toEqual([]);
    await timers.pass(SECOND);
    expect(listener.seqs).toEqual([1]);
  });

  test('costs no read of the log while the version stays the same', async () => {
    log.append({});
    await TestListener.listen(tail);
    const { reads } = log;
    await timers.pass(60 * SECOND);
    expect(log.reads).toBe(reads);
  });

  test('gets only the repos and servers it asked for', async () => {
    const filter = { repos: ['web', 'db'], servers: ['a'] };
    const listener = await TestListener.listen(tail, { filter });
    await scene.commit(
      { repo: 'web', server: 'a' },
      { repo: 'web', server: 'b' },
      { repo: 'mail', server: 'a' },
      { repo: undefined, server: undefined },
      { repo: 'db', server: 'a' },
    );
    expect(listener.seqs).toEqual([1, 5]);
    const back = await TestListener.listen(tail, { filter, lastEventId: '0' });
    expect(back.seqs).toEqual([1, 5]);
  });

  test('without a filter also gets events that are not about a single target', async () => {
    const listener = await TestListener.listen(tail);
    await scene.commit({ kind: 'action', repo: undefined, server: undefined });
    expect(listener.seqs).toEqual([1]);
  });

  test('gets a signal every 15 seconds, even without any event for it', async () => {
    const listener = await TestListener.listen(tail, { filter: { repos: ['other'] } });
    await scene.commit({});
    await timers.pass(60 * SECOND);
    expect(listener.kinds).toEqual(['reset', ...Array.from({ length: 4 }, () => 'heartbeat')]);
  });

  test('gets what is written at once page by page', async () => {
    const listener = await TestListener.listen(tail);
    log.appendMany(1600);
    tail.wake();
    await settled();
    await settled();
    expect(listener.seqs).toEqual(numbers(1, 1600));
  });
});

describe('where a listener begins', () => {
  test('without an id: at the last event, after a reset that names it', async () => {
    log.appendMany(3);
    const listener = await TestListener.listen(tail);
    await scene.commit({});
    expect([listener.resets, listener.seqs, listener.kinds[0]]).toEqual([[3], [4], 'reset']);
  });

  test('with an id: after that event, over as many pages as it takes, without a reset', async () => {
    log.appendMany(1700);
    const listener = await TestListener.listen(tail, { lastEventId: '2' });
    await settled();
    expect([listener.seqs, listener.resets]).toEqual([numbers(3, 1700), []]);
    await scene.commit({});
    expect(listener.seqs.at(-1)).toBe(1701);
  });

  test('with an id that another listener has passed: after it all the same', async () => {
    const first = await TestListener.listen(tail);
    await scene.commit({}, {}, {});
    const second = await TestListener.listen(tail, { lastEventId: '1' });
    await scene.commit({});
    expect([first.seqs, second.seqs]).toEqual([
      [1, 2, 3, 4],
      [2, 3, 4],
    ]);
  });

  test('with an id that the tail has not reached yet: after it, and never before it', async () => {
    const first = await TestListener.listen(tail);
    log.appendMany(3);
    const ahead = await TestListener.listen(tail, { lastEventId: '2' });
    await timers.pass(SECOND);
    expect([first.seqs, ahead.seqs]).toEqual([[1, 2, 3], [3]]);
  });

  test.each([
    ['just before the first event that is kept', '10', false],
    ['the first event that is kept', '11', false],
    ['the last event', '20', false],
    ['before that, so that something was missed', '9', true],
    ['a future event', '21', true],
    ['nothing', '', true],
    ['an id of something else', 'cafe-3', true],
    ['a negative number', '-1', true],
    ['a number that is not whole', '12.5', true],
    ['more digits than a seq has', '9'.repeat(20), true],
  ])('at %s: a reset is %s %s', async (_, lastEventId, isReset) => {
    log.appendMany(20);
    log.dropBefore(11);
    const listener = await TestListener.listen(tail, { lastEventId });
    expect(listener.resets).toEqual(isReset ? [20] : []);
    expect(listener.seqs).toEqual(isReset ? [] : numbers(Number(lastEventId) + 1, 20));
  });

  test('at an event that a restore has lost: with a reset, because later events are another history', async () => {
    log.appendMany(20);
    log.restoreTo(15);
    expect((await TestListener.listen(tail, { lastEventId: '18' })).resets).toEqual([1_000_020]);
    expect((await TestListener.listen(tail, { lastEventId: '1000020' })).resets).toEqual([]);
    const survived = await TestListener.listen(tail, { lastEventId: '12' });
    await scene.commit({});
    expect([survived.resets, survived.seqs]).toEqual([[], [13, 14, 15, 1_000_021]]);
  });

  test('in an empty log: at 0, which can be resumed from', async () => {
    expect((await TestListener.listen(tail)).resets).toEqual([0]);
    const back = await TestListener.listen(tail, { lastEventId: '0' });
    await scene.commit({});
    expect([back.resets, back.seqs]).toEqual([[], [1]]);
  });
});

describe('the tail', () => {
  test('reads nothing and has no timer without listeners', async () => {
    await scene.commit({});
    expect([log.reads, timers.running]).toEqual([0, 0]);
    const listener = await TestListener.listen(tail);
    expect(timers.running).toBe(1);
    listener.leave();
    expect(timers.running).toBe(0);
    const { reads } = log;
    await scene.commit({});
    expect(log.reads).toBe(reads);
  });

  test('begins again at the right place when a listener comes after all had left', async () => {
    const listener = await TestListener.listen(tail);
    await scene.commit({});
    listener.leave();
    await scene.commit({}, {});
    const back = await TestListener.listen(tail, { lastEventId: '1' });
    await scene.commit({});
    expect([back.seqs, listener.seqs, listener.isOver]).toEqual([[2, 3, 4], [1], true]);
  });

  test('delivers no page that was read for others who have left', async () => {
    const answerSlow = log.hold();
    const slow = TestListener.listen(tail);
    log.holdNoMore();
    log.append({}, {});
    const other = await TestListener.listen(tail);
    log.append({});
    const answerOld = log.hold();
    tail.wake();
    other.leave();
    log.holdNoMore();
    answerSlow();
    const listener = await slow;
    answerOld();
    await settled();
    expect([listener.resets, listener.seqs]).toEqual([[0], [1, 2, 3]]);
  });

  test('that cannot read ends all listeners with the reason; the next one tries again', async () => {
    const listener = await TestListener.listen(tail);
    log.failure = new Error('disk I/O error');
    await scene.commit({});
    expect([listener.isOver, scene.failures, timers.running]).toEqual([true, [log.failure], 0]);
    await expect(tail.subscribe({})).rejects.toThrow('disk I/O error');
    log.failure = undefined;
    expect((await TestListener.listen(tail, { lastEventId: '0' })).seqs).toEqual([1]);
  });

  test('closed, ends all listeners and accepts no more', async () => {
    const listener = await TestListener.listen(tail);
    tail.close();
    await settled();
    expect([listener.isOver, timers.running]).toEqual([true, 0]);
    await expect(tail.subscribe({})).rejects.toMatchObject({ code: 'overloaded' });
  });
});

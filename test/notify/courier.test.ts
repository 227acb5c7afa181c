import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openStore } from '../../src/database.ts';
import type { Routing } from '../../src/domain/notify/routing.ts';
import { DeliveryError, type MessageChannel } from '../../src/notify/channel.ts';
import { type Courier, createCourier, type Notifying } from '../../src/notify/courier.ts';
import { type Lease, type Leases, type LeaseUse, type Term, TermOver } from '../../src/store/leases.ts';
import type { Store } from '../../src/store/store.ts';
import { aReport, DAY, MINUTE, NOON, recordAll } from '../fixtures.ts';
import { FakeChannel, SECOND } from './scene.ts';

let store: Store;
let courier: Courier;
let ids = 0;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: NOON });
  store = openStore({ databasePath: ':memory:' }, '1.2.3', Date.now);
});
afterEach(async () => {
  const stopped = courier.stop();
  await vi.advanceTimersByTimeAsync(10 * SECOND);
  await stopped;
  await store.close();
  vi.useRealTimers();
});

function toAll(channels: readonly MessageChannel[], traits: Partial<Notifying> = {}): Notifying {
  const names = channels.map(({ name }) => name);
  const routing: Routing = {
    routes: [{ matchers: {}, channels: names, forMs: { drift: 0 } }],
    channels: names,
  };
  return { routing, channels, heartbeats: new Map(), ...traits };
}

function start(notifying: Notifying, leases = store.leases): void {
  courier = createCourier(notifying, {
    store: { ...store, leases },
    clock: Date.now,
    log: { info: () => undefined, error: () => undefined },
    count: () => undefined,
    newId: () => `m${++ids}`,
    digest: (text) => text,
    random: () => 1,
    turn: async () => undefined,
    handling: async () => ({ isMuted: () => false, acknowledgedBy: () => undefined }),
  });
  courier.start();
}

async function drift(server: string, repo = 'rsyslog'): Promise<void> {
  const traits = { server, repo, lastCheckAt: Date.now(), staleAfterMs: 300 * DAY };
  await recordAll(store, [aReport({ ...traits, syncStatus: 'OUT_OF_SYNC', files: ['a'] })]);
  courier.wake();
}

/** A channel whose sends last until the test or their signal ends them. */
class SlowChannel extends FakeChannel {
  readonly begun: { readonly signal: AbortSignal; readonly end: () => void }[] = [];

  override async send(message: Parameters<FakeChannel['send']>[0], signal?: AbortSignal): Promise<void> {
    if (signal === undefined) throw new Error('A send has a signal.');
    await new Promise<void>((resolve, reject) => {
      this.begun.push({ signal, end: resolve });
      signal.addEventListener('abort', () => reject(signal.reason));
    });
    await super.send(message);
  }
}

/** A lease that this process has when the test says so. */
class TestLease implements Lease, Leases {
  readonly name = 'messages';
  term: Term | undefined;
  heard: string | undefined;
  use: LeaseUse = {};
  isReleased = false;
  #over = new AbortController();
  readonly wanted = [this];

  want(_: string, use: LeaseUse = {}): Lease {
    this.use = use;
    return this;
  }

  begin(): void {
    this.#over = new AbortController();
    this.term = { fence: 1, signal: this.#over.signal, confirm: async () => undefined };
    this.use.onTerm?.(this.term);
  }

  end(): void {
    this.term = undefined;
    this.#over.abort(new TermOver());
  }

  async release(): Promise<void> {
    this.isReleased = true;
  }
}

describe('the courier', () => {
  test('tells each channel, and one that hangs or fails does not hold back the others', async () => {
    const [slow, works, fails] = [
      new SlowChannel('slow'),
      new FakeChannel('works'),
      new FakeChannel('fails'),
    ];
    fails.failure = new DeliveryError('it answered 500');
    start(toAll([slow, fails, works]));
    await vi.advanceTimersByTimeAsync(SECOND);
    await drift('a');
    await vi.advanceTimersByTimeAsync(30 * SECOND);
    await drift('b', 'other');
    await vi.advanceTimersByTimeAsync(30 * SECOND);
    expect(slow.begun).toHaveLength(1);
    expect(works.sent.map(({ repo }) => repo)).toEqual(['rsyslog', 'other']);
    expect(courier.problem()).toMatch(/^The channel fails has delivered no messages since/);
    const report = await courier.report();
    expect(report.map(({ channel, messages, isFailing }) => [channel, messages, isFailing])).toEqual([
      ['slow', 2, false],
      ['fails', 2, true],
      ['works', 0, false],
    ]);
  });

  test('also notices what another process has written', async () => {
    const ops = new FakeChannel();
    start(toAll([ops]));
    await vi.advanceTimersByTimeAsync(10 * SECOND);
    await recordAll(store, [
      aReport({ syncStatus: 'OUT_OF_SYNC', lastCheckAt: Date.now(), staleAfterMs: DAY }),
    ]);
    await vi.advanceTimersByTimeAsync(30 * SECOND);
    expect(ops.sent).toHaveLength(1);
  });

  test('asks the heartbeat URL every minute while delivery works', async () => {
    const ops = new FakeChannel();
    let beats = 0;
    const heartbeat = async () => {
      beats++;
    };
    start(toAll([ops], { heartbeats: new Map([['ops', heartbeat]]) }));
    await vi.advanceTimersByTimeAsync(10 * MINUTE);
    const working = beats;
    expect(working).toBeGreaterThanOrEqual(9);
    expect(working).toBeLessThanOrEqual(11);
    ops.failure = new DeliveryError('it answered 500');
    await drift('a');
    await vi.advanceTimersByTimeAsync(MINUTE);
    const failing = beats;
    await vi.advanceTimersByTimeAsync(10 * MINUTE);
    expect(beats).toBe(failing);
    ops.failure = undefined;
    await vi.advanceTimersByTimeAsync(10 * MINUTE);
    expect(beats).toBeGreaterThan(failing);
  });

  test('asks no heartbeat URL while it cannot decide: nobody would be told', async () => {
    let beats = 0;
    const heartbeat = async () => {
      beats++;
    };
    store.nextAt = () => Promise.reject(new Error('the database is gone'));
    start(toAll([new FakeChannel()], { heartbeats: new Map([['ops', heartbeat]]) }));
    await vi.advanceTimersByTimeAsync(10 * MINUTE);
    expect(beats).toBe(0);
  });

  test('after a reload tells by the new routes, once, even after two reloads at the same time', async () => {
    const ops = new FakeChannel();
    start(toAll([]));
    await drift('a');
    await vi.advanceTimersByTimeAsync(MINUTE);
    const reloads = [courier.reload(toAll([ops])), courier.reload(toAll([ops]))];
    await vi.advanceTimersByTimeAsync(MINUTE);
    await Promise.all(reloads);
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(ops.sent).toHaveLength(1);
  });

  test('what was sent is not sent again after a reload, if only its storing has failed', async () => {
    const ops = new FakeChannel();
    start(toAll([ops]));
    await drift('a');
    const write = store.writeNotifications;
    store.writeNotifications = async (channel, changes, fence) => {
      if (ops.sent.length > 0) throw new Error('the database is away');
      return write(channel, changes, fence);
    };
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(ops.sent).toHaveLength(1);
    const reloaded = courier.reload(toAll([ops]));
    await vi.advanceTimersByTimeAsync(MINUTE);
    await reloaded;
    store.writeNotifications = write;
    await vi.advanceTimersByTimeAsync(5 * MINUTE);
    expect(ops.sent).toHaveLength(1);
    expect(await store.nextMessage('ops', Date.now() + DAY)).toBeUndefined();
  });

  test('counts problems without a route, and says so', async () => {
    const ops = new FakeChannel();
    const routes = [{ matchers: { server: ['other'] }, channels: ['ops'] }];
    start(toAll([ops], { routing: { routes, channels: ['ops'] } }));
    await drift('a');
    await vi.advanceTimersByTimeAsync(6 * MINUTE);
    expect(courier.unrouted()).toBe(1);
    expect(courier.problem()).toMatch(/^1 problem matches no route, so nobody gets a message/);
    await recordAll(store, [aReport({ server: 'a', lastCheckAt: Date.now(), staleAfterMs: DAY })]);
    await vi.advanceTimersByTimeAsync(6 * MINUTE);
    expect([courier.unrouted(), courier.problem()]).toEqual([0, undefined]);
  });

  test('when it stops, running sends may end, and are not sent again', async () => {
    const slow = new SlowChannel();
    start(toAll([slow]));
    await drift('a');
    await vi.advanceTimersByTimeAsync(30 * SECOND);
    const stopped = courier.stop();
    await vi.advanceTimersByTimeAsync(SECOND);
    slow.begun[0]?.end();
    await vi.advanceTimersByTimeAsync(SECOND);
    await stopped;
    expect(slow.sent).toHaveLength(1);
    expect(await store.nextMessage('ops', Date.now() + DAY)).toBeUndefined();
  });

  test('when it stops, a hanging send is given up after five seconds, and stays to be sent', async () => {
    const slow = new SlowChannel();
    start(toAll([slow]));
    await drift('a');
    await vi.advanceTimersByTimeAsync(30 * SECOND);
    const stopped = courier.stop();
    await vi.advanceTimersByTimeAsync(5 * SECOND);
    await stopped;
    expect(slow.begun[0]?.signal.aborted).toBe(true);
    expect((await store.nextMessage('ops', Date.now() + DAY))?.thread.outgoing?.attempts).toBe(1);
  });

  test('tells only while this process has the lease: when another takes over, it gives up what it sends, at once', async () => {
    const lease = new TestLease();
    const slow = new SlowChannel();
    start(toAll([slow]), lease);
    await drift('a');
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(slow.begun).toHaveLength(0);
    lease.begin();
    await vi.advanceTimersByTimeAsync(30 * SECOND);
    expect(slow.begun).toHaveLength(1);
    lease.end();
    expect(slow.begun[0]?.signal.aborted).toBe(true);
    await drift('b', 'other');
    await vi.advanceTimersByTimeAsync(10 * MINUTE);
    expect(slow.begun).toHaveLength(1);
    expect((await store.nextMessage('ops', Date.now()))?.thread.outgoing?.attempts).toBe(0);
    lease.begin();
    await vi.advanceTimersByTimeAsync(SECOND);
    slow.begun[1]?.end();
    await vi.advanceTimersByTimeAsync(30 * SECOND);
    expect(slow.sent.map(({ repo }) => repo)).toEqual(['rsyslog']);
    expect(slow.begun).toHaveLength(3);
  });

  test('knows of the channels also where another process sends, and says what that says of them', async () => {
    const lease = new TestLease();
    const fails = new FakeChannel('fails');
    fails.failure = new DeliveryError('it answered 500');
    start(toAll([fails]), lease);
    lease.heard = 'The channel fails delivers no messages.';
    expect(courier.problem()).toBe(lease.heard);
    lease.heard = undefined;
    lease.begin();
    await drift('a');
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(lease.use.say?.()).toMatch(/^The channel fails has delivered no messages since/);
    lease.end();
    await vi.advanceTimersByTimeAsync(SECOND);
    expect(courier.problem()).toBeUndefined();
    expect(await courier.report()).toMatchObject([{ channel: 'fails', messages: 1, isFailing: false }]);
  });

  test('gives the lease up when it stops, once what is being sent has ended', async () => {
    const lease = new TestLease();
    const slow = new SlowChannel();
    start(toAll([slow]), lease);
    lease.begin();
    await drift('a');
    await vi.advanceTimersByTimeAsync(30 * SECOND);
    const stopped = courier.stop();
    await vi.advanceTimersByTimeAsync(SECOND);
    expect([slow.begun[0]?.signal.aborted, lease.isReleased]).toEqual([false, false]);
    slow.begun[0]?.end();
    await stopped;
    expect([slow.sent.length, lease.isReleased]).toEqual([1, true]);
  });

  test('without channels reads nothing', async () => {
    const reads = vi.spyOn(store, 'eventsAfter');
    start(toAll([]));
    await drift('a');
    await vi.advanceTimersByTimeAsync(10 * MINUTE);
    expect(reads).not.toHaveBeenCalled();
    expect(await courier.report()).toEqual([]);
  });
});

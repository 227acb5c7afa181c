import { beforeEach, describe, expect, test } from 'vitest';
import { ChannelHealth } from '../../src/notify/channel-health.ts';
import { type Delivery, messageDelivery } from '../../src/notify/delivery.ts';
import { LogPages } from '../../src/notify/log-pages.ts';
import { Planner } from '../../src/notify/planner.ts';
import { type Lease, type Term, TermOver } from '../../src/store/leases.ts';
import { SCHEMA } from '../../src/store/postgres/connection.ts';
import type { Store } from '../../src/store/store.ts';
import { aReport, DAY, NOON, recordAll } from '../fixtures.ts';
import { type Cluster, missing, theCluster } from '../store/postgres-database.ts';
import { FakeChannel, SECOND } from './scene.ts';

const HANDLING = { isMuted: () => false, acknowledgedBy: () => undefined };
const ROUTE = { matchers: {}, channels: ['ops'], forMs: { drift: 0 } };

let now: number;
let ids: number;
let ops: FakeChannel;
beforeEach(() => {
  [now, ids, ops] = [NOON, 0, new FakeChannel()];
});

/** A server that works for the channel in one term. What is done in `meanwhile` happens while it reads something. */
class TestNode {
  readonly store: Store;
  readonly lease: Lease;
  #planner: Planner | undefined;
  #delivery: Delivery | undefined;

  constructor(store: Store) {
    this.store = store;
    this.lease = store.leases.want('messages');
  }

  static async open(cluster: Cluster): Promise<TestNode> {
    return new TestNode(await cluster.open({ now: () => now }));
  }

  begin(term: Term): void {
    const { store } = this;
    const clock = () => now;
    const count = () => undefined;
    const log = { info: count, error: count };
    const health = new ChannelHealth({ name: 'ops', clock, random: () => 1, log, count });
    const routing = { routes: [ROUTE], channels: ['ops'] };
    const handling = async () => HANDLING;
    this.#planner = new Planner(
      { name: 'ops', kind: 'messages', routing },
      {
        ...{ store, term, clock, handling },
        pages: new LogPages(store, clock),
        newId: () => `m${++ids}`,
        digest: (text) => text,
        turn: async () => undefined,
        quietUntil: 0,
      },
    );
    this.#delivery = messageDelivery(ops, { store, term, clock, health, handling, sent: new Map() });
  }

  async decide(): Promise<void> {
    await this.#planner?.readLog();
    await this.#planner?.tellDue();
  }

  async deliver(): Promise<void> {
    await this.#delivery?.deliver(new AbortController().signal);
  }

  async drift(traits: Parameters<typeof aReport>[0] = {}): Promise<void> {
    const drift = { syncStatus: 'OUT_OF_SYNC' as const, files: ['a'] };
    await recordAll(this.store, [aReport({ lastCheckAt: now, staleAfterMs: DAY, ...drift, ...traits })]);
  }
}

/** Two servers, of which the first has the lease, and how the other gets it. */
async function scene() {
  const cluster = await theCluster();
  const client = await cluster.connect();
  const [one, other] = [await TestNode.open(cluster), await TestNode.open(cluster)];
  const termOf = async ({ lease }: TestNode) => {
    await expect
      .poll(async () => {
        if (lease.term !== undefined) return lease.term;
        // As if the holder had been silent for longer than a term.
        await client.query(`UPDATE ${SCHEMA}.lease SET until = 0`);
        return undefined;
      })
      .toBeDefined();
    return lease.term as Term;
  };
  const give = async (node: TestNode) => node.begin(await termOf(node));
  await give(one);
  // Where the channel is new it begins at the end of the log.
  await one.decide();
  return { one, other, takeOver: () => give(other) };
}

/** The first call of a method goes on after something else has happened. */
function after<T extends object, K extends keyof T & string>(of: T, name: K, meanwhile: () => Promise<void>) {
  const original = of[name] as (...args: unknown[]) => Promise<unknown>;
  const late = async (...args: unknown[]) => {
    Object.assign(of, { [name]: original });
    const read = await original.apply(of, args);
    await meanwhile();
    return read;
  };
  Object.assign(of, { [name]: late });
}

describe.skipIf(missing !== undefined)(
  `a server that stood still while another took over (${missing ?? ''})`,
  () => {
    test('does not send what the other has sent meanwhile', async () => {
      const { one, other, takeOver } = await scene();
      await one.drift();
      await one.decide();
      now += 15 * SECOND;
      await one.decide();
      after(one.store, 'nextMessage', async () => {
        await takeOver();
        await other.deliver();
      });
      await expect(one.deliver()).rejects.toThrow(TermOver);
      expect(ops.sent.map(({ id, phase }) => [id, phase])).toEqual([['m1', 'opened']]);
    });

    test('does not take in once more what the other has taken in', async () => {
      const { one, other, takeOver } = await scene();
      await one.drift();
      after(one.store, 'openOf', async () => {
        await takeOver();
        await other.decide();
      });
      await expect(one.decide()).rejects.toThrow(TermOver);
      now += 15 * SECOND;
      await other.decide();
      await other.deliver();
      const told = await other.store.told('ops');
      expect(told).toHaveLength(1);
      expect(ops.sent).toHaveLength(1);
    });

    test('takes nothing away that the other has decided, when it notes late what it has sent', async () => {
      const { one, other, takeOver } = await scene();
      await one.drift();
      await one.decide();
      now += 15 * SECOND;
      await one.decide();
      // The message arrives, and the other one cannot know: it comes once more, with the same id.
      after(ops, 'send', async () => {
        await takeOver();
        await other.deliver();
        now += 5 * 60 * SECOND;
        await other.drift({ syncStatus: 'SYNCED', files: [] });
        await other.decide();
        now += 15 * SECOND;
        await other.decide();
      });
      await expect(one.deliver()).rejects.toThrow(TermOver);
      await other.deliver();
      expect(ops.sent.map(({ id, phase }) => [id, phase])).toEqual([
        ['m1', 'opened'],
        ['m1', 'opened'],
        ['m2', 'resolved'],
      ]);
    });

    test('leaves its failed attempts to the other, who waits as long as it would have', async () => {
      const { one, other, takeOver } = await scene();
      await one.drift();
      await one.decide();
      now += 15 * SECOND;
      await one.decide();
      ops.failure = new Error('it does not answer');
      await one.deliver();
      ops.failure = undefined;
      await takeOver();
      await other.deliver();
      expect(ops.sent).toEqual([]);
      expect((await other.store.nextMessage('ops', now + SECOND))?.thread.outgoing?.attempts).toBe(1);
      now += SECOND;
      await other.deliver();
      expect(ops.sent.map(({ id }) => id)).toEqual(['m1']);
    });
  },
);

import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { missing } from '../../store/postgres-database.ts';
import { until } from '../faults/until.ts';
import { Callers } from './callers.ts';
import { Fleet } from './fleet.ts';
import { Follower } from './follower.ts';
import { ComparedLog, expectKept, witness } from './invariants.ts';
import { NO_PATRONI, PatroniCluster } from './patroni.ts';

const absent = missing ?? NO_PATRONI;
const NODES = 3;
const WITHIN_MS = 600_000;

const planned = [
  ...Array.from({ length: 5 }, (_, i) => ({ what: 'switchover', place: i + 1 })),
  ...Array.from({ length: 3 }, (_, i) => ({ what: 'death of a machine', place: i + 1 })),
];

/** At full length only: Patroni takes its time. */
describe.skipIf(absent !== undefined)(
  `${NODES} nodes on three PostgreSQL with Patroni (${absent ?? ''})`,
  () => {
    let cluster: PatroniCluster;
    let fleet: Fleet;
    let followers: readonly Follower[];
    const log = new ComparedLog();

    beforeAll(async () => {
      cluster = await PatroniCluster.start();
      fleet = await Fleet.start(cluster.url, NODES);
      followers = Array.from({ length: NODES }, (_, place) => new Follower(fleet, place));
    });

    afterAll(async () => {
      await Promise.all(followers.map((follower) => follower.stop()));
      await fleet.stop();
      await cluster.remove();
    });

    test.each(planned)(
      '$what $place: nothing acknowledged is lost, nothing is there twice, no event is missed or doubled',
      async ({ what, place }) => {
        await cluster.isWhole();
        const callers = new Callers(fleet, `${what}-${place}`.replaceAll(' ', '-'));
        callers.start();
        onTestFinished(() => callers.abandon());
        const acknowledged = (count: number) =>
          until('nothing is acknowledged', () => callers.acknowledgedAt.length >= count, {
            withinMs: WITHIN_MS,
          });
        await acknowledged(100);
        const leader = await cluster.leader();
        const struckAt = performance.now();
        if (what === 'switchover') await cluster.switchOver();
        else cluster.killMachine(leader);
        const isOver = async () => (await cluster.leader().catch(() => leader)) !== leader;
        await until('there is no other primary', isOver, { withinMs: WITHIN_MS, everyMs: 100 });
        const before = callers.byNode;
        const isServed = () => callers.byNode.every((count, node) => count > (before[node] ?? 0) + 10);
        await until('a node acknowledges nothing', isServed, { withinMs: WITHIN_MS });
        await callers.stop();
        if (what !== 'switchover') cluster.startMachine(leader);
        await witness(cluster.url, async (store) => {
          await expectKept(fleet, store, callers);
          await log.expectHeardBy(followers, store);
        });
        expect(callers.acknowledged.size).toBe(callers.sent.size);
        console.info(
          `${what} ${place}: ${callers.acknowledged.size} acknowledged reports, none lost, none twice; ` +
            `${log.length} events so far; nothing was acknowledged for ${longestGap(callers.acknowledgedAt, struckAt)} s`,
        );
      },
    );
  },
);

/** In seconds: the longest time without an acknowledgement that ends after an instant. */
function longestGap(at: readonly number[], from: number): string {
  const gaps = at.flatMap((instant, i) =>
    i > 0 && instant > from ? [instant - (at[i - 1] ?? instant)] : [],
  );
  return (Math.max(...gaps) / 1000).toFixed(1);
}

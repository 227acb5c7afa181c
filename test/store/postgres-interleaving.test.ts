import fc from 'fast-check';
import type pg from 'pg';
import { describe, expect, test } from 'vitest';
import type { LoggedEvent } from '../../src/domain/event.ts';
import { SCHEMA } from '../../src/store/postgres/connection.ts';
import type { Store } from '../../src/store/store.ts';
import { MemoryRows } from '../domain/record/memory-rows.ts';
import { aReport, aSubmission, HOUR, MINUTE, NOON, recordAll } from '../fixtures.ts';
import { atFullLength, propertyRuns } from '../full-length.ts';
import { type Arrival, arrivals } from './arrivals.ts';
import { exported, imported, storedHistory } from './harness.ts';
import { aCluster, type Cluster, missing, theCluster } from './postgres-database.ts';

const drift = { syncStatus: 'OUT_OF_SYNC' as const, files: ['a'] };
const at = (minute: number, traits = {}) => aReport({ lastCheckAt: NOON + minute * MINUTE, ...traits });

async function threeNodes(cluster: Cluster, now?: () => number): Promise<Store[]> {
  const options = now === undefined ? {} : { now };
  return [await cluster.open(options), await cluster.open(options), await cluster.open(options)];
}

/** What the fold says of these reports, as they were recorded. */
async function foldOf(node: Store) {
  const model = new MemoryRows();
  const reports = imported(await exported(node));
  model.record([aSubmission(reports, { origin: 'import' })], NOON + HOUR);
  const servers = model.targets().sort((a, b) => (a.server < b.server ? -1 : 1));
  return servers.map((target) => {
    const { periods, incidents } = {
      periods: model.periods(target),
      incidents: model.history(target).incidents,
    };
    const {
      since,
      lastSyncedAt,
      commit,
      checkedAt,
      receivedAt,
      staleAt,
      reports: counts,
    } = model.status(target);
    const status = { since, lastSyncedAt, commit, checkedAt, receivedAt, staleAt, reports: counts };
    return { server: target.server, periods, incidents, status };
  });
}

async function toldBy(node: Store) {
  const statuses = await node.statuses({});
  return (await storedHistory(node)).map((history) => {
    const of = statuses.find(({ target }) => target.server === history.server);
    if (of === undefined) throw new Error('A target with a history has a status.');
    const { since, lastSyncedAt, commit, checkedAt, receivedAt, staleAt, reports } = of;
    return { ...history, status: { since, lastSyncedAt, commit, checkedAt, receivedAt, staleAt, reports } };
  });
}

/** Ends some of the connections of the nodes. */
function endSome(client: pg.Client, share: number) {
  return client.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE application_name = 'gitops-status-server' AND datname = current_database() AND random() < $1`,
    [share],
  );
}

/** A question fails where its connection ends: it is asked again. */
async function untilAnswered<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'unavailable')) throw error;
    }
  }
}

describe.skipIf(missing !== undefined)(`nodes that write at the same time (${missing ?? ''})`, () => {
  test('submissions, each also sent to another node, equal the fold over what was recorded; each report is new once', async () => {
    await fc.assert(
      fc.asyncProperty(arrivals, async (all) => {
        const cluster = await aCluster();
        try {
          const nodes = await threeNodes(cluster);
          const send = async (node: Store, own: readonly Arrival[]) => {
            let fresh = 0;
            for (const { reports } of own) {
              const answers = await recordAll(node, reports);
              fresh += answers.filter(({ recorded }) => recorded === 'new').length;
            }
            return fresh;
          };
          const counts = await Promise.all(
            nodes.map((node, i) =>
              send(
                node,
                all.filter((_, place) => place % 3 !== i),
              ),
            ),
          );
          const [node] = nodes;
          if (node === undefined) throw new Error('There must be a node.');
          const stored = await exported(node);
          expect(stored).toHaveLength(counts.reduce((sum, count) => sum + count, 0));
          const distinct = stored.map(({ target, lastCheckAt, finding, commit, error, errorKind }) =>
            JSON.stringify([target, lastCheckAt, finding, commit, error, errorKind]),
          );
          expect(new Set(distinct).size).toBe(stored.length);
          expect(await toldBy(node)).toEqual(await foldOf(node));
        } finally {
          await cluster.close();
        }
      }),
      propertyRuns(60),
    );
  });

  test('two followers of the log on two nodes get each event once, in order for each target, though connections end', async () => {
    const cluster = await theCluster();
    const client = await cluster.connect();
    const killers = [await cluster.connect(), await cluster.connect(), await cluster.connect()];
    const nodes = await threeNodes(cluster);
    let isDone = false;
    const follow = async (node: Store): Promise<LoggedEvent[]> => {
      const seen: LoggedEvent[] = [];
      for (let isLast = false; ; isLast = isDone) {
        const { events } = await untilAnswered(() => node.eventsAfter(seen.at(-1)?.seq ?? 0, { limit: 5 }));
        seen.push(...events);
        if (isLast && events.length === 0) return seen;
      }
    };
    const followers = nodes.slice(1).map(follow);
    const minutes = atFullLength(400, { otherwise: 40 });
    await Promise.all(
      nodes.map(async (node, i) => {
        for (let turn = 0; turn < minutes; turn++) {
          // Each turn changes the state of a target, and they take turns with the targets.
          const traits = { server: `s${(turn + i) % 4}`, ...(turn % 2 === 0 ? drift : {}) };
          await Promise.all([
            recordAll(node, [at((turn * 3 + i) / 30, traits)]),
            endSome(killers[i] ?? client, 0.1),
          ]);
        }
      }),
    );
    isDone = true;
    const [one, other] = await Promise.all(followers);
    expect(one).toEqual(other);
    expect(one?.map(({ seq }) => seq)).toEqual(one?.map((_, place) => place + 1));
    const { rows } = await client.query(`SELECT 1 FROM ${SCHEMA}.event_pending`);
    expect(rows).toEqual([]);
    for (const server of ['s0', 's1', 's2', 's3']) {
      const changes = (one ?? []).filter(
        (event) => event.server === server && event.kind === 'state_changed',
      );
      expect(changes.length).toBeGreaterThan(3);
      for (const [place, { previousState }] of changes.entries())
        if (place > 0) expect(previousState).toBe(changes[place - 1]?.state);
    }
  });

  test('silence is told once for each target, however many nodes look, and a report after it tells the return', async () => {
    const cluster = await theCluster();
    const client = await cluster.connect();
    let now = NOON;
    const nodes = await threeNodes(cluster, () => now);
    const servers = Array.from({ length: 40 }, (_, i) => `s${i}`);
    const look = async (node: Store) => {
      while ((await untilAnswered(() => node.recordTimeChanges(7))) > 0);
    };
    const rounds = atFullLength(20, { otherwise: 4 });
    for (let round = 0; round < rounds; round++) {
      const [node] = nodes;
      if (node === undefined) throw new Error('There must be a node.');
      const checkedAt = now;
      await recordAll(
        node,
        servers.map((server) => aReport({ server, lastCheckAt: checkedAt })),
      );
      now += HOUR;
      await Promise.all([...nodes.map(look), endSome(client, 0.2)]);
      await Promise.all(nodes.map(look));
    }
    const { events } = await untilAnswered(() => (nodes[0] as Store).eventsAfter(0, { limit: 100_000 }));
    for (const server of servers) {
      const states = events.filter((event) => event.server === server && event.kind === 'state_changed');
      const told = states.map(({ state }) => state);
      expect(told.filter((state) => state === 'STALE')).toHaveLength(rounds);
      expect(told.filter((state, place) => state === told[place - 1])).toEqual([]);
    }
  });

  test('silence and reports at the same time leave what was told last equal to what is true', async () => {
    const cluster = await theCluster();
    let now = NOON;
    const nodes = await threeNodes(cluster, () => now);
    const servers = Array.from({ length: 10 }, (_, i) => `s${i}`);
    for (let round = 0; round < atFullLength(60, { otherwise: 12 }); round++) {
      const checkedAt = now - 10 * MINUTE + 1;
      // They are stale a millisecond later than they arrive, and only half of them report again.
      await Promise.all(
        nodes.map((node, i) => {
          const some = servers.filter((_, place) => (place + round + i) % 2 === 0);
          const reports = some.map((server) => aReport({ server, lastCheckAt: checkedAt + i }));
          return i === 0 ? node.recordTimeChanges(100) : recordAll(node, reports);
        }),
      );
      now += 10 * MINUTE;
    }
    now += HOUR;
    const [node] = nodes;
    if (node === undefined) throw new Error('There must be a node.');
    while ((await node.recordTimeChanges(100)) > 0);
    const { events } = await node.eventsAfter(0, { limit: 100_000 });
    for (const server of servers) {
      const told = events.filter((event) => event.server === server && event.kind === 'state_changed');
      expect(told.at(-1)?.state).toBe('STALE');
      for (const [place, { previousState }] of told.entries())
        if (place > 0) expect(previousState).toBe(told[place - 1]?.state);
    }
  });

  test('other nodes notice what a node writes that was silent for so long that its row was removed', async () => {
    const cluster = await theCluster();
    const client = await cluster.connect();
    const [one, other] = [await cluster.open(), await cluster.open()];
    await recordAll(one, [at(0)]);
    await client.query(`DELETE FROM ${SCHEMA}.node`);
    await expect.poll(() => other.othersVersion()).toBe('');
    const before = other.version();
    await recordAll(one, [at(1)]);
    await expect.poll(() => other.version()).not.toBe(before);
  });
});

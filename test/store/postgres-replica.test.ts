import { describe, expect, onTestFinished, test } from 'vitest';
import { openPostgresQueries } from '../../src/store/postgres/postgres-queries.ts';
import { openPostgresStore } from '../../src/store/postgres/postgres-store.ts';
import { createReading } from '../../src/store/postgres/reading.ts';
import { ReplicaFirst } from '../../src/store/postgres/replica-first.ts';
import { Servers } from '../../src/store/postgres/servers.ts';
import { statement } from '../../src/store/postgres/statement.ts';
import { aReport, HOUR, MINUTE, NOON, recordAll } from '../fixtures.ts';
import { exported } from './harness.ts';
import { MACHINE_IS_BUSY_MS, missing, runOn } from './postgres-database.ts';
import { AFTER_THEM, exportedWhile, passes, recordTwelveDays } from './postgres-removal.ts';
import { Pair } from './postgres-standby.ts';

const WHERE = statement<object, { isReplica: boolean }>('SELECT pg_is_in_recovery() AS "isReplica"');
const drift = { syncStatus: 'OUT_OF_SYNC' as const, files: ['a'] };
const NOWHERE = 'postgres://postgres@/postgres?host=/nowhere';

describe.skipIf(missing !== undefined)('a replica that questions are read from', () => {
  const pair = Pair.start();
  let minute = 0;

  const closing = <T extends { close(): Promise<void> }>(one: T): T => {
    onTestFinished(() => one.close());
    return one;
  };
  const addresses = () => ({ url: pair.urlOf(pair.primary), readUrl: pair.urlOf(pair.standby) });
  const aNode = async (options = {}) =>
    closing(
      await openPostgresStore({
        ...addresses(),
        clock: () => NOON + 100 * HOUR,
        tryMs: MACHINE_IS_BUSY_MS,
        ...options,
      }),
    );
  const questions = (readUrl = addresses().readUrl) =>
    closing(
      openPostgresQueries({
        ...addresses(),
        readUrl,
        questionMs: MACHINE_IS_BUSY_MS,
        betweenSlices: () => undefined,
        onReplicaAway: () => undefined,
      }),
    );
  /** Reads from the replica first, and says where it reads. */
  const both = (readUrl = addresses().readUrl) => {
    const failures: unknown[] = [];
    const reading = closing(
      new ReplicaFirst({
        primary: createReading(Servers.primary(addresses().url), { connections: 2 }),
        replica: createReading(Servers.forReading(readUrl), { connections: 2 }),
        onAway: (error) => failures.push(error),
      }),
    );
    const where = async () =>
      (await reading.session.all(WHERE, {}))[0]?.isReplica ? 'the replica' : 'the primary';
    /** Where the next question is read. */
    const nextIn = (version: string | undefined) => {
      reading.begin(version);
      return where();
    };
    return { failures, where, nextIn };
  };
  const onStandby = (sql: string) => runOn(addresses().readUrl, sql);
  /** The replica gets what is written, and does not show it. */
  const whilePaused = async (work: () => Promise<void>) => {
    await onStandby('SELECT pg_wal_replay_pause()');
    try {
      await work();
    } finally {
      await onStandby('SELECT pg_wal_replay_resume()');
    }
  };
  const nextReport = (traits = {}) => aReport({ lastCheckAt: NOON + ++minute * MINUTE, ...traits });

  test('answers once it has what was committed before, by whichever node', async () => {
    const nodes = [await aNode(), await aNode()];
    const { nextIn } = both();
    for (const node of nodes) {
      await recordAll(node, [nextReport()]);
      const seen = await nodes[0]?.latestVersion();
      await expect.poll(() => nextIn(seen)).toBe('the replica');
    }
  });

  test('is waited for, then passed over: no answer lacks what was acknowledged before the question', async () => {
    const [one, other] = [await aNode(), await aNode()];
    const asked = questions();
    await whilePaused(async () => {
      for (const state of [drift, {}, drift]) {
        const report = nextReport(state);
        await recordAll(one, [report]);
        asked.begin(await other.latestVersion());
        expect(await asked.statuses({})).toMatchObject([{ lastCheckAt: report.lastCheckAt }]);
      }
    });
  });

  test('is used again once it is back, by the next question, and not by one that the primary began', async () => {
    const node = await aNode();
    const { where, nextIn } = both();
    await whilePaused(async () => {
      await recordAll(node, [nextReport()]);
      expect(await nextIn(await node.latestVersion())).toBe('the primary');
    });
    const seen = await node.latestVersion();
    const fresh = both();
    await expect.poll(() => fresh.nextIn(seen)).toBe('the replica');
    expect(await where()).toBe('the primary');
    expect(await nextIn(seen)).toBe('the replica');
  });

  test('is not asked without a version: what a gate waits for is read on the primary', async () => {
    expect(await both().nextIn(undefined)).toBe('the primary');
  });

  test('that is away is told of, and left alone while the primary answers', async () => {
    const node = await aNode();
    const { failures, nextIn } = both(NOWHERE);
    for (let i = 0; i < 3; i++) {
      expect(await nextIn(await node.latestVersion())).toBe('the primary');
    }
    expect(failures).toMatchObject([{ code: 'unavailable' }]);
  });

  test('answers exports, with everything that was recorded before', async () => {
    const node = await aNode();
    await recordAll(node, [nextReport()]);
    const all = await exported(await aNode({ readUrl: undefined }));
    const reading = node.everyReport({})[Symbol.asyncIterator]();
    await reading.next();
    const [row] = await onStandby(
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE state = 'idle in transaction' AND application_name = 'gitops-status-server'`,
    );
    expect(row).toEqual({ n: 1 });
    await reading.return?.();
    await whilePaused(async () => {
      await recordAll(node, [nextReport()]);
      expect(await exported(node)).toHaveLength(all.length + 1);
    });
  });

  test('keeps what an export of it has begun to see, also if the primary has removed it', async () => {
    const { url, readUrl } = addresses();
    // Then nothing but a lock holds up the replica, and nothing ends the export.
    for (const set of ['max_standby_streaming_delay = -1', 'hot_standby_feedback = on'])
      await onStandby(`ALTER SYSTEM SET ${set}`);
    await onStandby('SELECT pg_reload_conf()');
    const asks = 'SELECT backend_xmin IS NOT NULL AS yes FROM pg_stat_replication';
    await expect.poll(() => runOn(url, asks), { timeout: MACHINE_IS_BUSY_MS }).toEqual([{ yes: true }]);
    const node = await aNode({ clock: () => AFTER_THEM });
    await recordTwelveDays(node);
    await passes(node, 2);
    await pair.caughtUp();
    const before = await exported(node);
    const seen = await exportedWhile(Servers.forReading(readUrl), async () => {
      await passes(node, 1);
      await pair.caughtUp(
        `EXISTS (SELECT 1 FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND NOT granted)`,
      );
    });
    expect(seen).toEqual(before);
    await pair.caughtUp();
    expect((await exported(node)).length).toBeLessThan(before.length);
  });
});

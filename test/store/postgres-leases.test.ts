import type pg from 'pg';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type Lease, type Term, TermOver } from '../../src/store/leases.ts';
import { SCHEMA } from '../../src/store/postgres/connection.ts';
import type { Store } from '../../src/store/store.ts';
import { aReport, HOUR, MINUTE, NOON, recordAll } from '../fixtures.ts';
import { missing, theCluster } from './postgres-database.ts';

afterEach(() => void vi.restoreAllMocks());

const rowOf = async (client: pg.Client) => {
  const { rows } = await client.query(`SELECT until, fence FROM ${SCHEMA}.lease WHERE name = 'messages'`);
  return { until: Number(rows[0].until), fence: Number(rows[0].fence) };
};

async function nodes() {
  const cluster = await theCluster();
  return { cluster, client: await cluster.connect(), one: await cluster.open(), other: await cluster.open() };
}

/** Resolves once it is held. */
async function termOf(lease: Lease): Promise<Term> {
  await expect.poll(() => lease.term).toBeDefined();
  return lease.term as Term;
}

/** As if its holder had been silent for long. */
async function expire(client: pg.Client, { fence }: Term): Promise<void> {
  await client.query(`UPDATE ${SCHEMA}.lease SET until = 0 WHERE fence = $1`, [fence]);
}

/** The same, until the other one has it: meanwhile the holder may have renewed it. */
async function takeOver(client: pg.Client, term: Term, other: Lease): Promise<Term> {
  await expect
    .poll(async () => {
      await expire(client, term);
      return other.term;
    })
    .toBeDefined();
  return other.term as Term;
}

describe.skipIf(missing !== undefined)(`a lease (${missing ?? 'on PostgreSQL'})`, () => {
  test('gives no two terms the same fence, also if a failover has lost one of them', async () => {
    const { client, one, other } = await nodes();
    const before = await termOf(one.leases.want('jobs'));
    const lost = await termOf(one.leases.want('messages'));
    // The row as it was before that term.
    await client.query(`UPDATE ${SCHEMA}.lease SET until = 0, fence = $1 WHERE name = 'messages'`, [
      lost.fence - 1,
    ]);
    const next = await termOf(other.leases.want('messages'));
    expect(before.signal.aborted).toBe(false);
    expect(next.fence).toBeGreaterThan(lost.fence);
    await expect(lost.confirm()).rejects.toThrow(TermOver);
  });

  test('is held by one process at a time, and by another at once when that gives it up', async () => {
    const { client, one, other, cluster } = await nodes();
    const lease = one.leases.want('messages');
    const first = await termOf(lease);
    // This one has looked by the time it has something else.
    const idle = await cluster.open();
    const vain = idle.leases.want('messages');
    await termOf(idle.leases.want('jobs'));
    expect([first.signal.aborted, vain.term]).toEqual([false, undefined]);
    await vain.release();
    await lease.release();
    expect([first.signal.aborted, lease.term]).toEqual([true, undefined]);
    expect(await rowOf(client)).toEqual({ until: 0, fence: first.fence });
    const begun: Term[] = [];
    const waiting = other.leases.want('messages', { onTerm: (term) => void begun.push(term) });
    const second = await termOf(waiting);
    expect(begun).toEqual([second]);
    expect(second.fence).toBeGreaterThan(first.fence);
    await expect(first.confirm()).rejects.toThrow(TermOver);
    await second.confirm();
  });

  test('is renewed, so that no other process takes it, and the others learn the words of its holder', async () => {
    const { client, one, other } = await nodes();
    let said: string | undefined = 'a channel is down';
    const lease = one.leases.want('messages', { say: () => said });
    const term = await termOf(lease);
    const waiting = other.leases.want('messages');
    const before = await rowOf(client);
    await expect.poll(async () => (await rowOf(client)).until).toBeGreaterThan(before.until);
    expect((await rowOf(client)).fence).toBe(term.fence);
    await expect.poll(() => waiting.heard).toBe(said);
    expect(lease.heard).toBeUndefined();
    said = undefined;
    await expect.poll(() => waiting.heard).toBeUndefined();
  });

  test('that another has taken is over for who had it, who hears of it and gets it back with another fence', async () => {
    const { client, one, other } = await nodes();
    const lease = one.leases.want('messages');
    const first = await termOf(lease);
    const waiting = other.leases.want('messages');
    const second = await takeOver(client, first, waiting);
    await expect.poll(() => first.signal.aborted).toBe(true);
    expect(first.signal.reason).toBeInstanceOf(TermOver);
    expect(second.fence).toBeGreaterThan(first.fence);
    await waiting.release();
    expect((await termOf(lease)).fence).toBeGreaterThan(second.fence);
  });

  test('is over for a process that stood still for longer than a term, before anybody has told it', async () => {
    const { one } = await nodes();
    const lease = one.leases.want('messages');
    const term = await termOf(lease);
    const before = performance.now();
    vi.spyOn(performance, 'now').mockReturnValue(before + 15_001);
    expect(lease.term).toBeUndefined();
    expect(term.signal.aborted).toBe(false);
    await expect(term.confirm()).rejects.toThrow(TermOver);
    expect(term.signal.aborted).toBe(true);
  });

  test('fences what is stored: nothing of a term that is over', async () => {
    const { client, one, other } = await nodes();
    const first = await termOf(one.leases.want('messages'));
    await one.writeNotifications('ops', { cursor: 1 }, first.fence);
    const second = await takeOver(client, first, other.leases.want('messages'));
    await expect(one.writeNotifications('ops', { cursor: 2 }, first.fence)).rejects.toThrow(TermOver);
    expect(await one.cursor('ops')).toBe(1);
    await other.writeNotifications('ops', { cursor: 3 }, second.fence);
    expect(await one.cursor('ops')).toBe(3);
  });

  test('is not taken between the look at the fence and the end of what is stored with it', async () => {
    const { client, cluster, one, other } = await nodes();
    const first = await termOf(one.leases.want('messages'));
    const blocker = await cluster.connect();
    await blocker.query('BEGIN');
    await blocker.query(`LOCK TABLE ${SCHEMA}.notification_cursor IN SHARE MODE`);
    const stored = one.writeNotifications('ops', { cursor: 1 }, first.fence);
    const waits = async () => {
      const { rows } = await client.query(
        `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%notification_cursor%'
         AND datname = current_database() AND pid <> pg_backend_pid()`,
      );
      return rows.length;
    };
    await expect.poll(waits).toBe(1);
    const locked = await blocker.query(
      `SELECT 1 FROM ${SCHEMA}.lease WHERE name = 'messages' FOR UPDATE SKIP LOCKED`,
    );
    expect(locked.rows).toEqual([]);
    await blocker.query('COMMIT');
    await stored;
    expect(await other.cursor('ops')).toBe(1);
  });

  test('lets the next holder look at every target: meanwhile the clock may have gone back', async () => {
    const { client, cluster } = await nodes();
    let now = NOON;
    const open = () => cluster.open({ now: () => now });
    const [one, other] = [await open(), await open()];
    const lease = one.leases.want('jobs');
    const first = await termOf(lease);
    await recordAll(one, [aReport({ lastCheckAt: NOON })]);
    now = NOON + MINUTE;
    expect(await told(one)).toEqual(['SYNCED']);
    // Another one looks while the clock is ahead, and gives the lease back.
    now = NOON + HOUR;
    expect(await told(other)).toEqual(['SYNCED', 'STALE']);
    now = NOON + 2 * MINUTE;
    expect(await told(one)).toEqual(['SYNCED', 'STALE']);
    await client.query(`UPDATE ${SCHEMA}.lease SET fence = fence + 1, until = 0 WHERE name = 'jobs'`);
    await expect.poll(() => lease.term?.fence).toBeGreaterThan(first.fence + 1);
    expect(await told(one)).toEqual(['SYNCED', 'STALE', 'SYNCED']);
  });
});

async function told(node: Store) {
  while ((await node.recordTimeChanges(10)) > 0);
  return (await node.eventsAfter(0, { limit: 100 })).events.map(({ state }) => state);
}

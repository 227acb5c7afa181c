import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { describe, expect, test } from 'vitest';
import { SCHEMA } from '../../src/store/postgres/connection.ts';
import type { Store } from '../../src/store/store.ts';
import { aReport, aSubmission, DAY, HOUR, MINUTE, NOON, recordAll } from '../fixtures.ts';
import { exported } from './harness.ts';
import { type Cluster, MACHINE_IS_BUSY_MS, missing, theCluster } from './postgres-database.ts';

/** A week of partitions begins on a Thursday. */
const OLD_WEEK = 'chunk_2026_04_16_to_2026_04_23';
const NEXT_WEEK = 'chunk_2026_04_23_to_2026_04_30';
const NOW = NOON + 12 * DAY;
const all = (instant: number) => ({
  reportsBefore: instant,
  historyBefore: 0,
  eventsBefore: 0,
  actionsBefore: 0,
});

/** Each with another commit, so that no two share a chunk. */
const at = (lastCheckAt: number, traits = {}) =>
  aReport({ lastCheckAt, commit: `${lastCheckAt}`, staleAfterMs: DAY, ...traits });

async function passes(store: Store, horizon: number, count: number): Promise<number> {
  let reports = 0;
  for (let pass = 0; pass < count; pass++) {
    for await (const pruned of store.prune(all(horizon), 0)) reports += pruned.reports;
  }
  return reports;
}

/** Every table that is a part of `chunk`, or was. */
async function tables(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = '${SCHEMA}' AND tablename LIKE 'chunk\\__%' ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
}

/** The address with a role that may read and write, and owns nothing. */
async function asRuntimeRole(cluster: Cluster, client: pg.Client): Promise<string> {
  const role = `runtime_${randomUUID().replaceAll('-', '')}`;
  await client.query(`CREATE ROLE ${role} LOGIN;
    GRANT USAGE ON SCHEMA ${SCHEMA} TO ${role};
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${SCHEMA} TO ${role};
    GRANT USAGE ON ALL SEQUENCES IN SCHEMA ${SCHEMA} TO ${role}`);
  cluster.closeAtLast(async () => void (await client.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`)));
  return cluster.url.replace('postgres@', `${role}@`);
}

const DROPPING = `SELECT query_start::text AS at FROM pg_stat_activity
  WHERE datname = current_database() AND query LIKE 'DROP TABLE%' AND wait_event_type = 'Lock'`;
const WAITING = `SELECT 1 FROM pg_stat_activity
  WHERE datname = current_database() AND wait_event_type = 'Lock'`;
const PENDING = `SELECT 1 FROM pg_inherits WHERE inhdetachpending AND inhparent = '${SCHEMA}.chunk'::regclass`;

describe.skipIf(missing !== undefined)(`partitions of reports in PostgreSQL (${missing ?? ''})`, () => {
  /** An old week, and newer ones; `silent` has reported in the old one alone, until its silence ends. */
  async function aFleet() {
    const cluster = await theCluster();
    const store = await cluster.open({ now: () => NOW });
    const client = await cluster.connect();
    const days = Array.from({ length: 12 }, (_, day) => NOON + day * DAY);
    const silent = [0, 1].map((hour) => at(NOON + hour * HOUR, { server: 'silent' }));
    await recordAll(store, [...days.map((day) => at(day)), ...silent]);
    const endSilence = () => recordAll(store, [at(NOON + 11 * DAY, { server: 'silent' })]);
    return { cluster, store, client, endSilence };
  }

  test('the pass after the one that moved the horizon drops those that are over; what stays moves out before', async () => {
    const { store, client, endSilence } = await aFleet();
    await endSilence();
    const before = await exported(store);
    const horizon = NOON + 4 * DAY;
    expect(await passes(store, horizon, 2)).toBe(0);
    expect(await tables(client)).toContain(OLD_WEEK);
    const then = await store.statuses({}, horizon);
    // Two days of the one target, and all but the newest report by then of the other.
    expect(await passes(store, horizon, 1)).toBe(3);
    expect(await tables(client)).not.toContain(OLD_WEEK);
    expect(await exported(store)).toEqual(
      before.filter(({ target, checkedAt }) =>
        target.server === 'silent' ? checkedAt >= NOON + HOUR : checkedAt >= NOON + 2 * DAY,
      ),
    );
    expect(await store.statuses({}, horizon)).toEqual(then);
    // Late, and inside what the kept one began.
    const late = at(horizon + HOUR, { server: 'silent' });
    expect((await recordAll(store, [late]))[0]).toMatchObject({ recorded: 'new', change: 'late' });
    // Now there is a newer one from before the horizon: nothing of the old week stays.
    expect(await passes(store, NOON + 6 * DAY, 2)).toBe(1);
  });

  test('the newest report from before the horizon stays if the silence of its target ends before the old week is dropped', async () => {
    const { store, client, endSilence } = await aFleet();
    const horizon = NOON + 4 * DAY;
    await passes(store, horizon, 2);
    await endSilence();
    await passes(store, horizon, 1);
    expect(await tables(client)).not.toContain(OLD_WEEK);
    const left = (await exported(store)).filter(({ target }) => target.server === 'silent');
    expect(left.map(({ checkedAt }) => checkedAt)).toEqual([NOON + HOUR, NOON + 11 * DAY]);
  });

  test('while an export is open its partition is detached and dropped; reports are recorded, and nothing else is lost', async () => {
    const { store, client } = await aFleet();
    const before = await exported(store);
    const horizon = NOON + 4 * DAY;
    await passes(store, horizon, 2);
    const open = store.everyReport({})[Symbol.asyncIterator]();
    const seen = [(await open.next()).value];
    const pruning = passes(store, horizon, 1);
    await expect
      .poll(async () => (await client.query(PENDING)).rowCount, { timeout: MACHINE_IS_BUSY_MS })
      .toBe(1);
    // Also into the newest week, one after it, and one of its own.
    const meanwhile = [NOW, NOON + 10 * DAY + MINUTE, NOON + 5 * DAY + MINUTE].map((one) => at(one));
    for (const report of meanwhile) await recordAll(store, [report]);
    expect(await store.statuses({}, horizon)).toHaveLength(2);
    for (let next = await open.next(); next.done !== true; next = await open.next()) seen.push(next.value);
    expect(seen).toEqual(before);
    expect(await pruning).toBe(3);
    expect(await tables(client)).not.toContain(OLD_WEEK);
    expect(await exported(store)).toHaveLength(before.length - 3 + meanwhile.length);
  });

  test('a removal that was interrupted goes on: marked, or detached and not yet dropped', async () => {
    const { cluster, store, client } = await aFleet();
    await client.query(`SET search_path = ${SCHEMA}`);
    const before = await exported(store);
    await passes(store, NOON + 4 * DAY, 2);
    const reader = await cluster.connect();
    await reader.query(`BEGIN; SELECT 1 FROM ${SCHEMA}.chunk`);
    // As a node that dies while it waits for somebody who reads.
    await client.query('SET statement_timeout = 500');
    const detach = client.query(`ALTER TABLE chunk DETACH PARTITION ${OLD_WEEK} CONCURRENTLY`);
    await expect(detach).rejects.toMatchObject({ code: '57014' });
    expect((await client.query(PENDING)).rowCount).toBe(1);
    await reader.query('COMMIT');
    await passes(store, NOON + 4 * DAY, 1);
    expect(await tables(client)).not.toContain(OLD_WEEK);

    await client.query(`ALTER TABLE chunk DETACH PARTITION ${NEXT_WEEK} CONCURRENTLY`);
    await passes(store, NOON + 4 * DAY, 1);
    expect(await tables(client)).not.toContain(NEXT_WEEK);
    const kept = before.filter(({ checkedAt }) => checkedAt >= NOON + 9 * DAY);
    expect((await exported(store)).filter(({ checkedAt }) => checkedAt >= NOON + 9 * DAY)).toEqual(kept);
  });

  test('a pass that may not drop them fails, after everything else was removed', async () => {
    const { cluster, store, client } = await aFleet();
    const horizon = NOON + 4 * DAY;
    await passes(store, horizon, 2);
    await recordAll(store, [at(NOW, { server: 'gone', syncStatus: 'OUT_OF_SYNC', files: ['gone'] })]);
    await store.deleteTarget({ repo: 'rsyslog', server: 'gone' }, { purge: true });
    const url = await asRuntimeRole(cluster, client);
    const node = await cluster.open({ url, now: () => NOW + 5 * DAY });
    let findings = 0;
    const pass = async () => {
      for await (const pruned of node.prune(all(horizon), 0)) findings += pruned.findings;
    };
    await expect(pass()).rejects.toThrow(/permission denied to set role/);
    expect(findings).toBe(1);
    expect(await tables(client)).toContain(OLD_WEEK);
    expect(await passes(store, horizon, 1)).toBe(3);
  });

  test('one that somebody reads is dropped as soon as that ends', async () => {
    const { cluster, store, client } = await aFleet();
    const horizon = NOON + 4 * DAY;
    await passes(store, horizon, 2);
    await client.query(`ALTER TABLE ${SCHEMA}.chunk DETACH PARTITION ${SCHEMA}.${OLD_WEEK} CONCURRENTLY`);
    const reader = await cluster.connect();
    await reader.query(`BEGIN; SELECT 1 FROM ${SCHEMA}.${OLD_WEEK}`);
    const pass = passes(store, horizon, 1);
    const tries = new Set<string>();
    const isTriedAgain = expect
      .poll(
        async () => {
          const { rows } = await client.query<{ at: string }>(DROPPING);
          for (const row of rows) tries.add(row.at);
          return tries.size;
        },
        { timeout: MACHINE_IS_BUSY_MS },
      )
      .toBeGreaterThan(1);
    await Promise.race([isTriedAgain, pass]);
    await reader.query('COMMIT');
    await pass;
    expect(tries.size).toBeGreaterThan(1);
    expect(await tables(client)).not.toContain(OLD_WEEK);
  });

  test('are made if a report needs one, by several nodes at the same time, and by a role that owns nothing', async () => {
    const { cluster, store, client } = await aFleet();
    const url = await asRuntimeRole(cluster, client);
    const nodes = [await cluster.open({ url, now: () => NOW }), await cluster.open({ url, now: () => NOW })];
    // Of one node the even weeks, of the other the odd ones: they want partitions that overlap.
    const weeks = Array.from({ length: 40 }, (_, week) => NOON - (week + 1) * 7 * DAY);
    const outcomes = await Promise.all(
      nodes.map((node, i) => {
        const own = weeks.filter((_, week) => week % 2 === i);
        return node.record(
          own.map((week) => aSubmission([week, NOON].map((one) => at(one, { server: `s${i}` })))),
        );
      }),
    );
    expect(outcomes.flat().every(({ kind }) => kind === 'recorded')).toBe(true);
    expect((await exported(store, { servers: ['s0', 's1'] })).length).toBe(42);
    expect(await tables(client)).toContain('chunk_2026_04_09_to_2026_04_16');
  });

  test('a report of a week that was detached is unavailable until that is dropped, and fails nothing else', async () => {
    const { cluster, client } = await aFleet();
    await client.query(`ALTER TABLE ${SCHEMA}.chunk DETACH PARTITION ${SCHEMA}.${NEXT_WEEK} CONCURRENTLY`);
    const node = await cluster.open({ now: () => NOW, tryMs: 1000 });
    const late = at(NOON + 3 * DAY + MINUTE);
    await expect(recordAll(node, [late])).rejects.toMatchObject({ code: 'unavailable' });
    await recordAll(node, [at(NOW)]);
    await client.query(`DROP TABLE ${SCHEMA}.${NEXT_WEEK}`);
    expect(await recordAll(node, [late])).toMatchObject([{ recorded: 'new', change: 'late' }]);
  });

  test('a target whose reports are all gone goes on with its next one', async () => {
    const { store, client } = await aFleet();
    const { rows } = await client.query<{ list: string }>(`
      SELECT string_agg(attname || ' = NULL', ', ') AS list FROM pg_attribute
      WHERE attrelid = '${SCHEMA}.target_status'::regclass AND attname LIKE 'tail\\_%'`);
    await client.query(`UPDATE ${SCHEMA}.target_status SET ${rows[0]?.list}; TRUNCATE ${SCHEMA}.chunk`);
    const next = [NOW - MINUTE, NOW].map((one) => at(one, { server: 'silent', commit: 'next' }));
    for (const report of next) expect(await recordAll(store, [report])).toMatchObject([{ recorded: 'new' }]);
    expect((await exported(store)).map(({ checkedAt }) => checkedAt)).toEqual([NOW - MINUTE, NOW]);
  });

  test('while a pass looks for what is too old, nobody waits to record a report', async () => {
    const { cluster, store, client } = await aFleet();
    const other = await cluster.connect();
    await other.query(`BEGIN; LOCK TABLE ${SCHEMA}.period`);
    // It waits for that table, and perhaps not until it may go on.
    const pass = passes(store, NOON + 4 * DAY, 1).catch((error: unknown) => error);
    await expect
      .poll(async () => (await client.query(WAITING)).rowCount, { timeout: MACHINE_IS_BUSY_MS })
      .toBeGreaterThan(0);
    expect(await recordAll(store, [at(NOW, { server: 'new' })])).toMatchObject([{ recorded: 'new' }]);
    await other.query('COMMIT');
    await pass;
    expect(await passes(store, NOON + 4 * DAY, 3)).toBe(3);
  });

  test('reports of a thousand weeks need few partitions, and few transactions', async () => {
    const { store, client } = await aFleet();
    const [before, partitions] = [await exported(store), await tables(client)];
    const weeks = Array.from({ length: 1000 }, (_, week) =>
      at(NOON - (week + 1) * 7 * DAY, { server: 'old' }),
    );
    for (const some of [weeks.slice(0, 300), weeks.slice(300).reverse()]) await recordAll(store, some);
    const after = await exported(store, { servers: ['old'] });
    expect(after.map(({ lastCheckAt }) => lastCheckAt)).toEqual(
      weeks.map(({ lastCheckAt }) => lastCheckAt).reverse(),
    );
    expect(await exported(store)).toHaveLength(before.length + weeks.length);
    expect((await tables(client)).length - partitions.length).toBeLessThan(50);
  });
});

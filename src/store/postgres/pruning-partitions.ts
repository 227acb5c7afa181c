import pg from 'pg';
import { PATIENCE, SCHEMA } from './connection.ts';
import { MAX_SPAN_MS } from './packing.ts';
import { PARTITION_NAME, type Partition, partitionsOf } from './partitions.ts';
import { keptChunks } from './schema-chunks.ts';
import type { Servers } from './servers.ts';
import { first, one, type Session, sessionOn } from './session.ts';
import { command, statement } from './statement.ts';
import { columnList, updateList } from './table-columns.ts';
import type { Writer } from './writer.ts';

// A partition of `chunk` that is older than the horizon is detached, which waits for those who read it and lets all others
// go on, and dropped. What must stay is moved out of it before.

/** How long one try to detach or to drop waits. Between two of them the pass may be ended. */
const TRY_MS = 1000;
/** The error code of PostgreSQL for that. */
const TIMED_OUT = '57014';

/** How many targets one step looks at. */
const TARGETS = 500;

const STEP_END = statement<{ after: number }, { id: number | null }>(
  `SELECT max(id) AS id FROM (SELECT id FROM target WHERE id > :after ORDER BY id LIMIT ${TARGETS}) AS next`,
);

/** The position of the last report of a chunk. */
const lastKey = (chunk: string) =>
  `(${chunk}.last_at, ${chunk}.first_received_at + ${chunk}.received[cardinality(${chunk}.received)])`;

/** Whether a target has a report from after a chunk `c`, and not after the horizon: ranges of keys. */
const IS_FOLLOWED = `(
  EXISTS (SELECT 1 FROM chunk n
    WHERE n.target_id = c.target_id AND n.first_at > c.last_at - ${MAX_SPAN_MS} AND n.first_at <= :before
      AND (n.first_at > c.last_at OR (n.last_at <= :before AND ${lastKey('n')} > ${lastKey('c')})))
  OR EXISTS (SELECT 1 FROM kept_chunk k WHERE k.target_id = c.target_id AND ${lastKey('k')} > ${lastKey('c')})
  OR EXISTS (SELECT 1 FROM target_status s WHERE s.target_id = c.target_id AND s.tail_first_at <= :before
    AND (s.tail_first_at > c.last_at OR (s.checked_at <= :before AND (s.checked_at, s.received_at) > ${lastKey('c')}))))`;

interface Step {
  readonly after: number;
  readonly upTo: number;
  readonly fromAt: number;
  readonly toAt: number;
  readonly before: number;
}

const IN_STEP = 'target_id > :after AND target_id <= :upTo AND first_at >= :fromAt AND first_at < :toAt';
const COLUMNS = columnList(keptChunks);
const KEY = ['target_id', 'first_at', 'last_at', 'first_received_at'];

/**
 * The newest report of a target from before the horizon stays: the chunk that it is in moves to `kept_chunk`. How many
 * reports are left in the partition.
 */
const MOVE = command<Step, { left: number }>(`
  WITH last AS (
    SELECT DISTINCT ON (target_id) ${KEY.join(', ')} FROM chunk WHERE ${IN_STEP}
    ORDER BY target_id, ${lastKey('chunk')} DESC),
  moved AS (
    DELETE FROM chunk c USING last l WHERE ${KEY.map((name) => `c.${name} = l.${name}`).join(' AND ')}
      AND c.first_at >= :fromAt AND c.first_at < :toAt AND NOT ${IS_FOLLOWED}
    RETURNING c.*),
  kept AS (
    INSERT INTO kept_chunk (${COLUMNS}) SELECT ${COLUMNS} FROM moved
    ON CONFLICT (target_id) DO UPDATE SET ${updateList(keptChunks)} WHERE ${lastKey('excluded')} > ${lastKey('kept_chunk')}
    RETURNING cardinality(checked) AS reports)
  SELECT coalesce(sum(cardinality(checked)), 0)::bigint
    - (SELECT coalesce(sum(reports), 0)::bigint FROM kept) AS left
  FROM chunk WHERE ${IN_STEP}`);

/** A scan of the table, which has a row for each target that was silent for a week. */
const REMOVE_FOLLOWED = command<{ before: number }, { count: number }>(`
  WITH gone AS (DELETE FROM kept_chunk c WHERE ${IS_FOLLOWED} RETURNING cardinality(checked) AS reports)
  SELECT coalesce(sum(reports), 0)::bigint AS count FROM gone`);

interface Deps {
  readonly servers: Servers;
  readonly writer: Writer;
  readonly session: Session;
}

interface Horizon {
  /** Reports from before are neither stored nor accepted, and no transaction is recording one any more. */
  readonly passed: number;
  /** The same from now on. */
  readonly before: number;
}

/** Removes the partitions that are over, and says after each step how many reports are gone. */
export async function* removePartitions(
  { servers, writer, session }: Deps,
  { passed, before }: Horizon,
): AsyncGenerator<number, void> {
  yield (await writer.transaction((tx) => one(tx, REMOVE_FOLLOWED, { before }))).count;
  const over = (await partitionsOf(session)).filter(
    ({ toAt, isLeaving }) => !isLeaving && toAt + MAX_SPAN_MS <= passed,
  );
  const detached = await interrupted(session);
  if (over.length === 0 && detached.length === 0) return;
  const client = await connectAsOwner(servers);
  try {
    for (const { name, isPending } of detached) {
      if (isPending) yield* repeated(client, `ALTER TABLE chunk DETACH PARTITION "${name}" FINALIZE`);
      yield* repeated(client, `DROP TABLE "${name}"`);
    }
    for (const partition of over) {
      const left = await moveWhatStays({ writer, session }, partition, before);
      yield* detach(client, partition.name);
      yield* repeated(client, `DROP TABLE "${partition.name}"`);
      yield left;
    }
  } finally {
    await client.end();
  }
}

async function moveWhatStays(
  { writer, session }: Omit<Deps, 'servers'>,
  { fromAt, toAt }: Partition,
  before: number,
): Promise<number> {
  let left = 0;
  for (let after = 0; ; ) {
    const upTo = (await one(session, STEP_END, { after })).id;
    if (upTo === null) return left;
    const step = { after, upTo, fromAt, toAt, before };
    left += (await writer.transaction((tx) => one(tx, MOVE, step))).left;
    after = upTo;
  }
}

/** If it is interrupted, the partition stays marked, and `FINALIZE` goes on. */
async function* detach(client: pg.Client, name: string): AsyncGenerator<number, void> {
  if (await succeeds(client, `ALTER TABLE chunk DETACH PARTITION "${name}" CONCURRENTLY`)) return;
  yield 0;
  yield* repeated(client, `ALTER TABLE chunk DETACH PARTITION "${name}" FINALIZE`);
}

async function* repeated(client: pg.Client, sql: string): AsyncGenerator<number, void> {
  while (!(await succeeds(client, sql))) yield 0;
}

/** False if a reader did not end in time. */
async function succeeds(client: pg.Client, sql: string): Promise<boolean> {
  try {
    await client.query(sql);
    return true;
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === TIMED_OUT) return false;
    throw error;
  }
}

/** Partitions that are marked, and tables that were partitions. */
const INTERRUPTED = statement<object, { name: string; isPending: boolean }>(`
  SELECT c.relname AS name, i.inhrelid IS NOT NULL AS "isPending"
  FROM pg_class c LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
  WHERE c.relnamespace = '${SCHEMA}'::regnamespace AND c.relkind = 'r' AND c.relname ~ '${PARTITION_NAME}'
    AND (i.inhrelid IS NULL OR i.inhdetachpending) ORDER BY 1`);

function interrupted(session: Session) {
  return session.all(INTERRUPTED, {});
}

const OWNER = statement<object, { owner: string }>(
  `SELECT quote_ident(tableowner) AS owner FROM pg_tables
   WHERE schemaname = '${SCHEMA}' AND tablename = 'chunk' AND tableowner <> current_user`,
);

/** Only the owner may detach: the server's own role may be another one that is a member of it. */
async function connectAsOwner(servers: Servers): Promise<pg.Client> {
  const client = await servers.connect({ ...PATIENCE.long, statementMs: TRY_MS });
  try {
    const other = await first(sessionOn(client), OWNER, {});
    if (other !== undefined) await client.query(`SET ROLE ${other.owner}`);
    return client;
  } catch (error) {
    client.end().catch(() => undefined);
    throw error;
  }
}

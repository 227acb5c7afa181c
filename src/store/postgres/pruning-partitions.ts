import pg from 'pg';
import { PATIENCE, SCHEMA } from './connection.ts';
import { MAX_SPAN_MS } from './packing.ts';
import { PARTITION_NAME, partitionsOf } from './partitions.ts';
import { moveWhatStays, removeFollowed } from './pruning-kept.ts';
import type { Servers } from './servers.ts';
import { first, type Session, sessionOn } from './session.ts';
import { statement } from './statement.ts';
import type { Writer } from './writer.ts';

// A partition of `chunk` that is older than the horizon is detached, which waits for those who read it and lets all others
// go on, and dropped. What must stay is moved out of it before.

/** How long one try to detach or to drop waits. Between two of them the pass may be ended. */
const TRY_MS = 1000;
/** The error code of PostgreSQL for that. */
const TIMED_OUT = '57014';

/** How many pages of a table one statement counts. */
const PAGES = 1000;

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
  { servers, ...deps }: Deps,
  { passed, before }: Horizon,
): AsyncGenerator<number, void> {
  yield* removeFollowed(deps, before);
  const over = (await partitionsOf(deps.session)).filter(
    ({ toAt, isLeaving }) => !isLeaving && toAt + MAX_SPAN_MS <= passed,
  );
  const detached = await interrupted(deps.session);
  if (over.length === 0 && detached.length === 0) return;
  const client = await connectAsOwner(servers);
  try {
    for (const { name, isPending } of detached) {
      if (isPending) yield* repeated(client, `ALTER TABLE chunk DETACH PARTITION "${name}" FINALIZE`);
      yield* drop(client, name);
    }
    for (const partition of over) {
      yield* moveWhatStays(deps, partition, before);
      yield* detach(client, partition.name);
      yield* drop(client, partition.name);
    }
  } finally {
    await client.end();
  }
}

/** If it is interrupted, the partition stays marked, and `FINALIZE` goes on. */
async function* detach(client: pg.Client, name: string): AsyncGenerator<number, void> {
  if (await succeeds(client, `ALTER TABLE chunk DETACH PARTITION "${name}" CONCURRENTLY`)) return;
  yield 0;
  yield* repeated(client, `ALTER TABLE chunk DETACH PARTITION "${name}" FINALIZE`);
}

async function* drop(client: pg.Client, name: string): AsyncGenerator<number, void> {
  const reports = yield* reportsIn(client, name);
  yield* repeated(client, `DROP TABLE "${name}"`);
  yield reports;
}

/** In the order of the table, because it may be larger than the memory. */
async function* reportsIn(client: pg.Client, name: string): AsyncGenerator<number, number> {
  let reports = 0;
  for (let page = 0; page < (await pagesOf(client, name)); page += PAGES) {
    const { rows } = await client.query<{ reports: number }>(`
      SELECT coalesce(sum(cardinality(checked)), 0)::bigint AS reports FROM "${name}"
      WHERE ctid >= '(${page},0)' AND ctid < '(${page + PAGES},0)'`);
    reports += rows[0]?.reports ?? 0;
    yield 0;
  }
  return reports;
}

async function pagesOf(client: pg.Client, name: string): Promise<number> {
  const { rows } = await client.query<{ pages: number }>(`
    SELECT pg_relation_size('"${name}"') / current_setting('block_size')::bigint AS pages`);
  return rows[0]?.pages ?? 0;
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

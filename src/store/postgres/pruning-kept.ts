import { MAX_SPAN_MS } from './packing.ts';
import type { Partition } from './partitions.ts';
import { keptChunks } from './schema-chunks.ts';
import { one, type Session } from './session.ts';
import { command, statement } from './statement.ts';
import { columnList, updateList } from './table-columns.ts';
import { type TargetStep, targetSteps } from './target-steps.ts';
import type { Writer } from './writer.ts';

// The newest report of a target from before the horizon stays: the chunk that it is in moves out of its partition, to
// `kept_chunk`, until a newer one is from before the horizon, too. What that is about is read beside the connection that
// writes, which then writes a few rows by their key. Meanwhile newer chunks may be kept, and none of those is replaced.

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

interface ChunkKey {
  readonly targetId: number;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly firstReceivedAt: number;
}

const KEY = `c.target_id AS "targetId", c.first_at AS "firstAt", c.last_at AS "lastAt",
  c.first_received_at AS "firstReceivedAt"`;

interface ChunkKeys {
  readonly targetIds: readonly number[];
  readonly firstAts: readonly number[];
  readonly lastAts: readonly number[];
  readonly firstReceivedAts: readonly number[];
}

const KEYS = `
  unnest(:targetIds::bigint[], :firstAts::bigint[], :lastAts::bigint[], :firstReceivedAts::bigint[])
    AS w(target_id, first_at, last_at, first_received_at)
  WHERE (c.target_id, c.first_at, c.last_at, c.first_received_at)
    = (w.target_id, w.first_at, w.last_at, w.first_received_at)`;

type Before = { readonly before: number };
type Bounds = Pick<Partition, 'fromAt' | 'toAt'>;

const IS_IN_PARTITION = 'first_at >= :fromAt AND first_at < :toAt';

/** The last chunk of each target in a partition, if it is the one that stays: by the key. */
const STAYING = statement<TargetStep & Bounds & Before, ChunkKey>(`
  SELECT ${KEY} FROM target t
  CROSS JOIN LATERAL (
    SELECT first_at AS at FROM chunk WHERE target_id = t.id AND ${IS_IN_PARTITION}
    ORDER BY first_at DESC LIMIT 1) AS newest
  CROSS JOIN LATERAL (
    SELECT * FROM chunk WHERE target_id = t.id AND ${IS_IN_PARTITION} AND first_at > newest.at - ${MAX_SPAN_MS}
    ORDER BY ${lastKey('chunk')} DESC LIMIT 1) AS c
  WHERE t.id > :after AND t.id <= :upTo AND NOT ${IS_FOLLOWED}`);

const COLUMNS = columnList(keptChunks);

const MOVE = command<ChunkKeys & Bounds>(`
  WITH moved AS (DELETE FROM chunk c USING ${KEYS} AND c.first_at >= :fromAt AND c.first_at < :toAt RETURNING c.*)
  INSERT INTO kept_chunk (${COLUMNS}) SELECT ${COLUMNS} FROM moved
  ON CONFLICT (target_id) DO UPDATE SET ${updateList(keptChunks)}
    WHERE ${lastKey('excluded')} > ${lastKey('kept_chunk')}`);

const FOLLOWED = statement<TargetStep & Before, ChunkKey>(`
  SELECT ${KEY} FROM kept_chunk c WHERE c.target_id > :after AND c.target_id <= :upTo AND ${IS_FOLLOWED}`);

const REMOVE = command<ChunkKeys, { count: number }>(`
  WITH gone AS (DELETE FROM kept_chunk c USING ${KEYS} RETURNING cardinality(checked) AS reports)
  SELECT coalesce(sum(reports), 0)::bigint AS count FROM gone`);

interface Deps {
  readonly writer: Writer;
  readonly session: Session;
}

/** Moves what stays out of a partition to which nothing is added any more. */
export async function* moveWhatStays(
  { writer, session }: Deps,
  { fromAt, toAt }: Bounds,
  before: number,
): AsyncGenerator<number, void> {
  for await (const step of targetSteps(session)) {
    const staying = await session.all(STAYING, { ...step, fromAt, toAt, before });
    if (staying.length > 0)
      await writer.transaction((tx) => tx.all(MOVE, { ...keysOf(staying), fromAt, toAt }));
    yield 0;
  }
}

/** Removes kept chunks that need not stay any more, and says after each step how many reports are gone. */
export async function* removeFollowed(
  { writer, session }: Deps,
  before: number,
): AsyncGenerator<number, void> {
  for await (const step of targetSteps(session)) {
    const followed = await session.all(FOLLOWED, { ...step, before });
    if (followed.length > 0)
      yield (await writer.transaction((tx) => one(tx, REMOVE, keysOf(followed)))).count;
  }
}

function keysOf(chunks: readonly ChunkKey[]): ChunkKeys {
  return {
    targetIds: chunks.map(({ targetId }) => targetId),
    firstAts: chunks.map(({ firstAt }) => firstAt),
    lastAts: chunks.map(({ lastAt }) => lastAt),
    firstReceivedAts: chunks.map(({ firstReceivedAt }) => firstReceivedAt),
  };
}

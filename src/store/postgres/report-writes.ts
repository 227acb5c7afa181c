import { compareKeys } from '../../domain/history-key.ts';
import { packColumns } from './pack-columns.ts';
import { type Pack, type PackedReport, type PackHead, packReports } from './packing.ts';
import type { Partitions } from './partitions.ts';
import { chunks, keptChunks } from './schema-chunks.ts';
import type { Session } from './session.ts';
import { command } from './statement.ts';
import type { TailColumns } from './status-writes.ts';
import { type Inserted, rowsWriter, updateList } from './table-columns.ts';
import type { StoredTarget } from './target-table.ts';
import type { Transaction } from './transaction.ts';

// The newest reports of a target are in its tail, in `target_status`, which every report writes anyway. A full tail, or one
// that the next report does not fit into, becomes a chunk. A late report becomes a chunk at once: the tail has the newest.

/** Where the reports of a transaction about one target go. */
export interface PlacedReports {
  readonly targetId: number;
  /** A tail that ends: it becomes a chunk together with what still fits into it. */
  readonly sealed: Sealed | undefined;
  readonly packs: readonly Pack[];
  /** Undefined if the tail stays as it is. */
  readonly tail: TailColumns | undefined;
}

interface Sealed {
  readonly head: PackHead;
  readonly appended: Pack | undefined;
}

/** `reports`: in order, at least one. `existing`: the target before, with its tail. */
export function placeReports(
  targetId: number,
  reports: readonly PackedReport[],
  existing: Pick<StoredTarget, 'status' | 'tail'> | undefined,
): PlacedReports {
  const newest = existing?.status;
  const inOrder = reports.filter((one) => newest === undefined || compareKeys(one, newest) > 0);
  const late = packReports(reports.slice(0, reports.length - inOrder.length)).packs;
  const last = inOrder.at(-1);
  if (last === undefined) return { targetId, sealed: undefined, packs: late, tail: undefined };
  const before = existing?.tail;
  const { appended, packs } = packReports(inOrder, before);
  const next = packs.at(-1) ?? appended;
  if (next === undefined) throw new Error('A report must be in a pack.');
  return {
    targetId,
    sealed: before !== undefined && packs.length > 0 ? { head: before, appended } : undefined,
    packs: [...late, ...packs.slice(0, -1)],
    tail: tailColumns(next, last, next === appended ? before?.lastRunUrl : undefined),
  };
}

function tailColumns(pack: Pack, newest: PackedReport, lastRunUrl: string | undefined): TailColumns {
  const columns = packColumns(pack, lastRunUrl);
  return {
    durationMs: newest.durationMs ?? null,
    runUrl: newest.runUrl ?? null,
    tailFirstAt: columns.firstAt,
    tailFirstReceivedAt: columns.firstReceivedAt,
    tailFirstLastCheckAt: columns.firstLastCheckAt,
    tailFirstDurationMs: columns.firstDurationMs,
    tailChecked: columns.checked,
    tailReceived: columns.received,
    tailLastChecks: columns.lastChecks,
    tailDurations: columns.durations,
    tailRunUrls: columns.runUrls,
  };
}

const CHUNKS = rowsWriter(chunks);

interface SealedRows {
  readonly targetIds: readonly number[];
  readonly lastAts: readonly number[];
  readonly checked: readonly string[];
  readonly received: readonly string[];
  readonly lastChecks: readonly (string | null)[];
  readonly durations: readonly (string | null)[];
  readonly runUrls: readonly (Buffer | null)[];
}

/** The database moves what is already in the row. */
const sealInto = (table: 'chunk' | 'kept_chunk', ending = '') =>
  command<SealedRows>(`
  INSERT INTO ${table} (target_id, first_at, last_at, first_received_at, finding_id, source_id, first_last_check,
    first_duration_ms, checked, received, last_checks, durations, run_urls)
  SELECT s.target_id, s.tail_first_at, w.last_at, s.tail_first_received_at, s.finding_id, s.source_id,
    s.tail_first_last_check, s.tail_first_duration_ms, s.tail_checked || w.checked::integer[],
    s.tail_received || w.received::integer[], s.tail_last_checks || w.last_checks::integer[],
    s.tail_durations || w.durations::integer[], s.tail_run_urls || coalesce(w.run_urls, '')
  FROM unnest(:targetIds::bigint[], :lastAts::bigint[], :checked::text[], :received::text[], :lastChecks::text[],
    :durations::text[], :runUrls::bytea[]) AS w(target_id, last_at, checked, received, last_checks, durations, run_urls)
  JOIN target_status s ON s.target_id = w.target_id ${ending}`);

const SEAL = sealInto('chunk');
/** The newest reports from before the horizon: their partition may be gone. */
const SEAL_KEPT = sealInto('kept_chunk', `ON CONFLICT (target_id) DO UPDATE SET ${updateList(keptChunks)}`);

/** Sends what becomes chunks: before `writeStatuses`, which overwrites the tails. Their partitions must be there. */
export function writeChunks(
  transaction: Transaction,
  placed: readonly PlacedReports[],
  reportsFrom: number,
): void {
  const rows = placed.flatMap(({ targetId, packs }) => packs.map((pack) => chunkRow(targetId, pack)));
  const sealed = placed.flatMap(({ targetId, sealed: one }) => (one ? [{ targetId, ...one }] : []));
  const kept = sealed.filter((one) => isKept(one, reportsFrom));
  const others = sealed.filter((one) => !isKept(one, reportsFrom));
  if (kept.length > 0) transaction.send(SEAL_KEPT, sealedRows(kept));
  if (others.length > 0) transaction.send(SEAL, sealedRows(others));
  if (rows.length > 0) transaction.send(CHUNKS.statement, CHUNKS.arrays(rows));
}

/**
 * Writes all reports of a target that has none as chunks. `read` gives them in order and some at a time, and is called
 * twice. The result belongs in its row of `target_status`, together with the status; undefined if there are no reports.
 */
export async function writeReports(
  session: Session,
  targetId: number,
  {
    read,
    partitions,
  }: { read: () => Iterable<readonly PackedReport[]>; partitions: Pick<Partitions, 'ensure'> },
): Promise<TailColumns | undefined> {
  // A transaction that has written a chunk does not see partitions that others make after that.
  for (const some of read()) await partitions.ensure(some.map(({ checkedAt }) => checkedAt));
  let last: readonly PackedReport[] = [];
  for (const some of read()) {
    const { packs } = packReports([...last, ...some]);
    // The next reports may fit into the last one, which is the tail if there are none.
    last = packs.at(-1)?.reports ?? [];
    const rows = packs.slice(0, -1).map((pack) => chunkRow(targetId, pack));
    if (rows.length > 0) await session.all(CHUNKS.statement, CHUNKS.arrays(rows));
  }
  return placeReports(targetId, last, undefined).tail;
}

/** The beginnings of the chunks that `writeChunks` will write. */
export function chunkBeginnings(placed: readonly PlacedReports[], reportsFrom: number): number[] {
  return placed.flatMap(({ sealed, packs }) => [
    ...(sealed === undefined || isKept(sealed, reportsFrom) ? [] : [sealed.head.firstAt]),
    ...packs.map(({ head }) => head.firstAt),
  ]);
}

function isKept({ head, appended }: Sealed, reportsFrom: number): boolean {
  return (appended?.head ?? head).lastAt < reportsFrom;
}

function chunkRow(targetId: number, pack: Pack): Inserted<typeof chunks> {
  const { lastAt, findingId, sourceId } = pack.head;
  return { targetId, lastAt, findingId, sourceId, ...packColumns(pack) };
}

function sealedRows(sealed: readonly (Sealed & { targetId: number })[]): SealedRows {
  const rows = sealed.map(({ targetId, head, appended }) => ({
    targetId,
    lastAt: (appended?.head ?? head).lastAt,
    ...(appended === undefined ? NOTHING : packColumns(appended, head.lastRunUrl)),
  }));
  return {
    targetIds: rows.map(({ targetId }) => targetId),
    lastAts: rows.map(({ lastAt }) => lastAt),
    checked: rows.map(({ checked }) => checked),
    received: rows.map(({ received }) => received),
    lastChecks: rows.map(({ lastChecks }) => lastChecks),
    durations: rows.map(({ durations }) => durations),
    runUrls: rows.map(({ runUrls }) => runUrls),
  };
}

const NOTHING = { checked: '{}', received: '{}', lastChecks: null, durations: null, runUrls: null };

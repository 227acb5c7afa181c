import type { SyncStatus } from '../../domain/finding.ts';
import type { HistoryKey } from '../../domain/history-key.ts';
import type { StoredIncident } from '../../domain/incident.ts';
import type { Neighbours, RecordedStatus } from '../../domain/record/facts.ts';
import {
  incidentWithout,
  planRemoval,
  planRepair,
  type Remainder,
  statusWithout,
} from '../../domain/record/plan-repair.ts';
import { MAX_AHEAD_MS } from '../../domain/report.ts';
import { driftBetween } from './drift-between.ts';
import { writeEvents } from './event-rows.ts';
import { neighboursAt } from './loading.ts';
import { lockTargetIds } from './locking.ts';
import { databaseClock } from './node-row.ts';
import type { PackedReport } from './packing.ts';
import type { Partitions } from './partitions.ts';
import { CHECK_COLUMNS, type CheckRow } from './report-rows.ts';
import { reportsIn, reportsOfPacksSince, runUrlOf } from './report-source.ts';
import { writeReports } from './report-writes.ts';
import { fromIncident } from './rows.ts';
import { incidents } from './schema.ts';
import { one, type Session } from './session.ts';
import { command, statement } from './statement.ts';
import { type TailColumns, writeStatuses } from './status-writes.ts';
import { rowsWriter, updateList } from './table-columns.ts';
import type { StoredTarget } from './target-table.ts';
import type { Transaction } from './transaction.ts';
import type { Writer } from './writer.ts';

/** What was recorded while the database's own clock was ahead: reports of more than five minutes from now. */

interface Behind {
  readonly targetId: number;
  readonly at: number;
}

const START = `${Number.MIN_SAFE_INTEGER}::bigint`;
const END = `${Number.MAX_SAFE_INTEGER}::bigint`;

const AHEAD = statement<{ at: number }, { id: number }>(
  'SELECT target_id AS id FROM target_status WHERE checked_at > :at ORDER BY 1',
);

/** All by ranges of keys. */
const REMOVED = statement<Behind, { syncStatus: SyncStatus; reports: number }>(`
  SELECT f.sync_status AS "syncStatus", count(*) AS reports
  FROM ${reportsIn({ target: ':targetId::bigint', from: ':at::bigint + 1', to: END })}
  JOIN finding f ON f.id = r.finding_id GROUP BY 1`);

type Left = Pick<Remainder, 'newestReceivedAt' | 'newestLastCheckAt'>;

/** Of the reports that are left. */
const LEFT = statement<Behind, { [K in keyof Left]: Left[K] | null }>(`
  SELECT max(r.received_at) AS "newestReceivedAt", max(r.last_check) AS "newestLastCheckAt"
  FROM ${reportsIn({ target: ':targetId::bigint', from: START, to: ':at::bigint' })}`);

/** Those that are left of the packs that have one since an instant. */
const LEFT_SINCE = statement<Behind & { since: number }, CheckRow>(`
  SELECT ${CHECK_COLUMNS} FROM ${reportsOfPacksSince({ target: ':targetId::bigint', at: ':since::bigint' })}
  WHERE r.checked_at <= :at
  ORDER BY r.checked_at, r.received_at`);
const REMOVE_CHUNKS = command<Behind>('DELETE FROM chunk WHERE target_id = :targetId AND last_at >= :at');
const REMOVE_KEPT = command<Behind>('DELETE FROM kept_chunk WHERE target_id = :targetId AND last_at >= :at');
const REMOVE_TAIL = command<{ targetId: number }>(
  'UPDATE target_status SET tail_first_at = NULL WHERE target_id = :targetId',
);
const REMOVE_PERIODS = command<Behind & { receivedAt: number }>(`
  DELETE FROM period WHERE target_id = :targetId AND (started_at, received_at) >= (:at::bigint, :receivedAt::bigint)`);
const REMOVE_INCIDENTS = command<Behind>(`
  WITH gone AS (DELETE FROM incident WHERE target_id = :targetId AND opened_at > :at RETURNING id)
  DELETE FROM acknowledgement WHERE incident_id IN (SELECT id FROM gone)`);
/** A transaction that waits for the lock finds the row gone, and looks for the name again. */
const REMOVE_STATUS = command<{ targetId: number }>('DELETE FROM target_status WHERE target_id = :targetId');
const EMPTY_STATUS = command<{ targetId: number }>(
  'INSERT INTO target_status (target_id) VALUES (:targetId)',
);
const INCIDENTS = rowsWriter(incidents, {
  ending: `ON CONFLICT (id) DO UPDATE SET ${updateList(incidents)}`,
});

interface Deps {
  readonly clock: (databaseNow: number) => number;
  readonly partitions: Partitions;
}

/** Removes them, from one target after the other. */
export async function removeFuture({
  writer,
  session,
  ...deps
}: Deps & { writer: Writer; session: Session }): Promise<{ reports: number; targets: number }> {
  const now = deps.clock(await databaseClock(session));
  const targets = await session.all(AHEAD, { at: now + MAX_AHEAD_MS });
  let reports = 0;
  for (const { id } of targets) reports += await writer.transaction((tx) => repair(tx, id, deps));
  return { reports, targets: targets.length };
}

/** Removes them from a target, in the caller's transaction. How many reports were removed. */
async function repair(
  transaction: Transaction,
  targetId: number,
  { clock, partitions }: Deps,
): Promise<number> {
  const locked = await lockTargetIds(transaction, [targetId]);
  const [existing] = locked.targets;
  const now = clock(locked.now);
  const before = existing?.status;
  const behind = { targetId, at: now + MAX_AHEAD_MS };
  if (existing === undefined || before === undefined || before.checkedAt <= behind.at) return 0;
  const [counted, left, neighbours] = await Promise.all([
    transaction.all(REMOVED, behind),
    one(transaction, LEFT, behind),
    neighboursAt(transaction, behind),
  ]);
  const counts = { SYNCED: 0, OUT_OF_SYNC: 0, UNKNOWN: 0 };
  for (const { syncStatus, reports } of counted) counts[syncStatus] = reports;
  const tail = await cutReports(transaction, behind, { newest: neighbours.before, partitions });
  const { newestReceivedAt, newestLastCheckAt } = left;
  if (neighbours.before === undefined || tail === undefined || !newestReceivedAt || !newestLastCheckAt) {
    removeAll(transaction, { existing, before, now });
  } else {
    const newest = { ...neighbours.before, sourceId: tail.sourceId };
    const remainder = { neighbours, newest, removed: counts, newestReceivedAt, newestLastCheckAt };
    await cut(transaction, existing, { before, now, behind, remainder, tail: tail.columns });
  }
  return counts.SYNCED + counts.OUT_OF_SYNC + counts.UNKNOWN;
}

interface CutOf {
  readonly before: RecordedStatus;
  readonly now: number;
  readonly behind: Behind;
  readonly remainder: Remainder;
  readonly tail: TailColumns;
}

/** Packs again what is left of the packs that reach so far. The newest ones are the new tail. */
async function cutReports(
  session: Session,
  { targetId, at }: Behind,
  { newest, partitions }: { newest: HistoryKey | undefined; partitions: Partitions },
): Promise<{ readonly columns: TailColumns; readonly sourceId: number } | undefined> {
  const since = { targetId, at: newest?.checkedAt ?? Number.MIN_SAFE_INTEGER };
  const [rows] = await Promise.all([
    session.all(LEFT_SINCE, { targetId, at, since: since.at }),
    session.all(REMOVE_CHUNKS, since),
    session.all(REMOVE_KEPT, since),
    session.all(REMOVE_TAIL, since),
  ]);
  const reports = rows.map(toPacked);
  const last = reports.at(-1);
  if (last === undefined) return undefined;
  const columns = await writeReports(session, targetId, { read: () => [reports], partitions });
  return columns && { columns, sourceId: last.sourceId };
}

function toPacked(row: CheckRow): PackedReport {
  return { ...row, durationMs: row.durationMs ?? undefined, runUrl: runUrlOf(row) };
}

async function cut(
  transaction: Transaction,
  { id, labels }: StoredTarget,
  { before, now, behind, remainder, tail }: CutOf,
): Promise<void> {
  const after = statusWithout(before, remainder);
  // The period that the newest report is in now is the current one: it is no longer over.
  const over = { targetId: id, at: after.startedAt, receivedAt: after.startReceivedAt };
  transaction.send(REMOVE_PERIODS, over);
  transaction.send(REMOVE_INCIDENTS, behind);
  writeStatuses(transaction, [{ targetId: id, before, after, tail }]);
  const incident = await reopened(transaction, remainder.neighbours, behind);
  const { status, events } = planRepair(now, { before, after, incident, labels });
  if (incident !== undefined) {
    transaction.send(INCIDENTS.statement, INCIDENTS.arrays([fromIncident(id, incident)]));
  }
  writeStatuses(transaction, [{ targetId: id, before, after: status }]);
  writeEvents(transaction, events);
}

/** The incident that what is left has open. */
async function reopened(
  session: Session,
  { incident: last }: Neighbours,
  { targetId, at }: Behind,
): Promise<StoredIncident | undefined> {
  if (last === undefined || (last.resolvedAt !== undefined && last.resolvedAt <= at)) return undefined;
  const after = { checkedAt: last.openedAt, receivedAt: last.receivedAt - 1 };
  const withDeploys = last.deployed !== undefined;
  const drift = await driftBetween(session, targetId, { after, before: undefined, withDeploys });
  return drift && incidentWithout(last, drift);
}

/** Nothing is left, so the target is as if it had never reported. */
function removeAll(
  transaction: Transaction,
  { existing, before, now }: { existing: StoredTarget; before: RecordedStatus; now: number },
): void {
  const everything = { targetId: existing.id, at: Number.MIN_SAFE_INTEGER };
  transaction.send(REMOVE_PERIODS, { ...everything, receivedAt: 0 });
  for (const removal of [REMOVE_INCIDENTS, REMOVE_STATUS, EMPTY_STATUS])
    transaction.send(removal, everything);
  writeEvents(transaction, planRemoval(now, { existing, before }));
}

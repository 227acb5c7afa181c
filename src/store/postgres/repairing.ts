import type { SyncStatus } from '../../domain/finding.ts';
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
import { fromIncident } from './rows.ts';
import { incidents } from './schema.ts';
import { first, type Session } from './session.ts';
import { command, statement } from './statement.ts';
import { writeStatuses } from './status-writes.ts';
import { rowsWriter, updateList } from './table-columns.ts';
import type { StoredTarget } from './target-table.ts';

/** What was recorded while the database's own clock was ahead: reports of more than five minutes from now. */

interface Behind {
  readonly targetId: number;
  readonly at: number;
}

const AHEAD = statement<{ at: number }, { id: number }>(
  'SELECT target_id AS id FROM target_status WHERE checked_at > :at ORDER BY 1',
);

/** All by ranges of keys. */
const REMOVED = statement<Behind, { syncStatus: SyncStatus; reports: number }>(`
  SELECT f.sync_status AS "syncStatus", count(*) AS reports FROM report r JOIN finding f ON f.id = r.finding_id
  WHERE r.target_id = :targetId AND r.checked_at > :at GROUP BY 1`);

type Left = Pick<Remainder, 'newestReceivedAt' | 'newestLastCheckAt'> & { readonly sourceId: number };

/** Of the reports that are left; the newest one is the last of the key. */
const LEFT = statement<Behind, Left>(`
  SELECT r.source_id AS "sourceId", l.* FROM (
    SELECT max(received_at) AS "newestReceivedAt", max(last_check) AS "newestLastCheckAt"
    FROM report WHERE target_id = :targetId AND checked_at <= :at) AS l
  CROSS JOIN LATERAL (
    SELECT source_id FROM report WHERE target_id = :targetId AND checked_at <= :at
    ORDER BY checked_at DESC, received_at DESC LIMIT 1) AS r`);

const REMOVE_REPORTS = command<Behind>('DELETE FROM report WHERE target_id = :targetId AND checked_at > :at');
const REMOVE_PERIODS = command<Behind & { receivedAt: number }>(`
  DELETE FROM period WHERE target_id = :targetId AND (started_at, received_at) >= (:at::bigint, :receivedAt::bigint)`);
const REMOVE_INCIDENTS = command<Behind>(`
  WITH gone AS (DELETE FROM incident WHERE target_id = :targetId AND opened_at > :at RETURNING id)
  DELETE FROM acknowledgement WHERE incident_id IN (SELECT id FROM gone)`);
/** Who waits for the lock finds it gone, and looks for the name again. */
const REMOVE_STATUS = command<{ targetId: number }>('DELETE FROM target_status WHERE target_id = :targetId');
const EMPTY_STATUS = command<{ targetId: number }>(
  'INSERT INTO target_status (target_id) VALUES (:targetId)',
);
const INCIDENTS = rowsWriter(incidents, {
  ending: `ON CONFLICT (id) DO UPDATE SET ${updateList(incidents)}`,
});

/** The ids of the targets that have such reports. */
export async function targetsAhead(session: Session, now: number): Promise<readonly number[]> {
  return (await session.all(AHEAD, { at: now + MAX_AHEAD_MS })).map(({ id }) => id);
}

/** Removes them from a target, in the caller's transaction. How many reports were removed. */
export async function repair(
  session: Session,
  targetId: number,
  clock: (databaseNow: number) => number,
): Promise<number> {
  const locked = await lockTargetIds(session, [targetId]);
  const [existing] = locked.targets;
  const now = clock(locked.now);
  const before = existing?.status;
  const behind = { targetId, at: now + MAX_AHEAD_MS };
  if (existing === undefined || before === undefined || before.checkedAt <= behind.at) return 0;
  const [counted, left, neighbours] = await Promise.all([
    session.all(REMOVED, behind),
    first(session, LEFT, behind),
    neighboursAt(session, behind),
    session.all(REMOVE_REPORTS, behind),
  ]);
  const counts = { SYNCED: 0, OUT_OF_SYNC: 0, UNKNOWN: 0 };
  for (const { syncStatus, reports } of counted) counts[syncStatus] = reports;
  if (neighbours.before === undefined || left === undefined) {
    await removeAll(session, { existing, before, now });
  } else {
    const { sourceId, ...largest } = left;
    const newest = { ...neighbours.before, sourceId };
    const remainder = { neighbours, newest, removed: counts, ...largest };
    await cut(session, existing, { before, now, behind, remainder });
  }
  return counts.SYNCED + counts.OUT_OF_SYNC + counts.UNKNOWN;
}

interface CutOf {
  readonly before: RecordedStatus;
  readonly now: number;
  readonly behind: Behind;
  readonly remainder: Remainder;
}

async function cut(
  session: Session,
  { id, labels }: StoredTarget,
  { before, now, behind, remainder }: CutOf,
): Promise<void> {
  const after = statusWithout(before, remainder);
  // The period that the newest report is in now is the current one: it is no longer over.
  const over = { targetId: id, at: after.startedAt, receivedAt: after.startReceivedAt };
  await Promise.all([
    session.all(REMOVE_PERIODS, over),
    session.all(REMOVE_INCIDENTS, behind),
    writeStatuses(session, [{ targetId: id, before, after }]),
  ]);
  const incident = await reopened(session, remainder.neighbours, behind);
  const { status, events } = planRepair(now, { before, after, incident, labels });
  await Promise.all([
    incident && session.all(INCIDENTS.statement, INCIDENTS.arrays([fromIncident(id, incident)])),
    writeStatuses(session, [{ targetId: id, before, after: status }]),
    writeEvents(session, events),
  ]);
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

/** Nothing is left, as if it had never reported. */
async function removeAll(
  session: Session,
  { existing, before, now }: { existing: StoredTarget; before: RecordedStatus; now: number },
): Promise<void> {
  const everything = { targetId: existing.id, at: Number.MIN_SAFE_INTEGER };
  await Promise.all([
    session.all(REMOVE_PERIODS, { ...everything, receivedAt: 0 }),
    session.all(REMOVE_INCIDENTS, everything),
    session.all(REMOVE_STATUS, everything),
    session.all(EMPTY_STATUS, everything),
    writeEvents(session, planRemoval(now, { existing, before })),
  ]);
}

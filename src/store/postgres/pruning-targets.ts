import { fromSyncStatus } from '../row-values.ts';
import { oldestReportOf } from './report-source.ts';
import { first, type Session } from './session.ts';
import { command, statement } from './statement.ts';

/** The number of rows that one step removes. */
export const ROWS = 200;
/** How many changes of state are searched for a run of SYNCED, which limits the cost of a target that never is. */
const LOOK_BACK = 1000;

type Before = { readonly targetId: number; readonly before: number };
type Instant = { readonly at: number | null };

const OLDEST_REPORT = statement<{ targetId: number }, Instant>(
  `SELECT (${oldestReportOf(':targetId::bigint')}) AS at`,
);

export interface Cut {
  readonly targetId: number;
  readonly keptFrom: number;
}

type Removed = { readonly count: number };

/** The oldest ones, a range of the key. */
export const REMOVE_PERIODS = command<Cut, Removed>(`
  WITH gone AS (
    DELETE FROM period WHERE target_id = :targetId AND started_at < coalesce(
      (SELECT p.started_at + 1 FROM period p WHERE p.target_id = :targetId AND p.started_at < :keptFrom
        ORDER BY p.started_at LIMIT 1 OFFSET ${ROWS - 1}),
      :keptFrom) RETURNING 1)
  SELECT count(*) FROM gone`);

/** By `incident_opened`. All of them are resolved: the SYNCED run resolves the incident before it. */
const REMOVE_INCIDENTS = command<Cut, Removed>(`
  WITH gone AS (
    DELETE FROM incident WHERE id IN (
      SELECT i.id FROM incident i
      WHERE i.target_id = :targetId AND i.opened_at < :keptFrom AND i.resolved_at <= :keptFrom
      ORDER BY i.opened_at LIMIT ${ROWS}) RETURNING id),
  forgotten AS (DELETE FROM acknowledgement WHERE incident_id IN (SELECT id FROM gone))
  SELECT count(*) FROM gone`);

/**
 * The start of the current period, if it is SYNCED and begins a state, and no other period starts at the same instant;
 * otherwise the same among the periods that are over: back through `period_starts_state`.
 */
const HISTORY_KEPT_FROM = statement<Before, Instant>(`
  SELECT coalesce((
    SELECT s.started_at FROM target_status s
    WHERE s.target_id = :targetId AND s.started_at < :before
      AND s.starts_state AND s.sync_status = ${fromSyncStatus('SYNCED')} AND NOT EXISTS (
        SELECT 1 FROM period q WHERE q.target_id = s.target_id AND q.started_at = s.started_at)), (
    SELECT started_at FROM (
      SELECT p.target_id, p.started_at, p.received_at, p.sync_status FROM period p
      WHERE p.target_id = :targetId AND p.starts_state AND p.started_at < :before
      ORDER BY p.started_at DESC, p.received_at DESC LIMIT ${LOOK_BACK}) AS started
    WHERE sync_status = 'SYNCED' AND NOT EXISTS (
      SELECT 1 FROM period q WHERE q.target_id = started.target_id
        AND q.started_at = started.started_at AND q.received_at < started.received_at)
    ORDER BY started_at DESC, received_at DESC LIMIT 1)) AS at`);

/** Otherwise the time before the rows that stay would be STALE: the declaration is as old as what was removed. */
const FORGET_DECLARATION = command<Cut>(
  'UPDATE target SET declared_at = NULL WHERE id = :targetId AND declared_at < :keptFrom',
);

export interface RemovedOfTarget {
  readonly reports: number;
  readonly periods: number;
  readonly incidents: number;
}

const NOTHING: RemovedOfTarget = { reports: 0, periods: 0, incidents: 0 };

/** Removes rows of a locked target that are older than the horizon, the oldest first, a few per transaction. */
export async function removeOld(
  session: Session,
  targetId: number,
  historyBefore: number,
): Promise<RemovedOfTarget> {
  const keptFrom = await historyKeptFrom(session, targetId, historyBefore);
  if (keptFrom === undefined) return NOTHING;
  const cut = { targetId, keptFrom };
  await session.all(FORGET_DECLARATION, cut);
  return {
    reports: 0,
    incidents: await removed(session, REMOVE_INCIDENTS, cut),
    periods: await removed(session, REMOVE_PERIODS, cut),
  };
}

/** How many rows a removal has removed. */
export async function removed(session: Session, removal: typeof REMOVE_PERIODS, cut: Cut): Promise<number> {
  return (await first(session, removal, cut))?.count ?? 0;
}

export function isFull({ reports, periods, incidents }: RemovedOfTarget): boolean {
  return Math.max(reports, periods, incidents) >= ROWS;
}

/**
 * The start of the last run of SYNCED that is older than both the horizon and the oldest stored report. At that
 * instant no incident is open, a state begins and the SYNCED commit is known, so no later answer, and no fold of a
 * later report, needs anything before it. Everything stays if there is no such run.
 */
async function historyKeptFrom(
  session: Session,
  targetId: number,
  horizon: number,
): Promise<number | undefined> {
  const oldestReportAt = (await first(session, OLDEST_REPORT, { targetId }))?.at ?? undefined;
  if (oldestReportAt === undefined) return undefined;
  const before = Math.min(horizon, oldestReportAt);
  return (await first(session, HISTORY_KEPT_FROM, { targetId, before }))?.at ?? undefined;
}

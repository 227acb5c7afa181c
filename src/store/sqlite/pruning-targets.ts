import type Sqlite from 'better-sqlite3';
import { fromSyncStatus } from '../row-values.ts';
import type { StoredHorizons } from './horizons.ts';

/** The number of rows that one step removes: a millisecond or two. */
export const ROWS = 200;
/** How many changes of state are searched for a run of SYNCED. It limits the cost of a target that is never SYNCED. */
const LOOK_BACK = 1000;

const NEXT_TARGET = 'SELECT min(id) FROM target WHERE id > ?';

/** The newest report at or before the horizon stays, and so does the newest of all: seeks in the key. */
const REPORTS_KEPT_FROM = 'SELECT max(checked_at) FROM report WHERE target_id = ? AND checked_at <= ?';
const OLDEST_REPORT = 'SELECT min(checked_at) FROM report WHERE target_id = ?';

/** The oldest reports, a range of the key. All reports of one instant are removed together. */
export const REMOVE_REPORTS = `
  DELETE FROM report WHERE target_id = :targetId AND checked_at < coalesce(
    (SELECT r.checked_at + 1 FROM report r WHERE r.target_id = :targetId AND r.checked_at < :keptFrom
      ORDER BY r.checked_at LIMIT 1 OFFSET ${ROWS - 1}),
    :keptFrom)`;

/**
 * The start of the current period, if it is SYNCED and begins a state, and no other period starts at the same
 * instant.
 */
const CURRENT_KEPT_FROM = `
  SELECT s.started_at FROM target_status s
  WHERE s.target_id = :targetId AND s.started_at < :before
    AND s.starts_state = 1 AND s.sync_status = ${fromSyncStatus('SYNCED')} AND NOT EXISTS (
      SELECT 1 FROM period q WHERE q.target_id = s.target_id AND q.started_at = s.started_at)`;

/**
 * The same among the ended periods: back through `period_starts_state`. The index must be named: otherwise the planner
 * would use the key and read all periods.
 */
const OVER_KEPT_FROM = `
  SELECT started_at FROM (
    SELECT p.target_id, p.started_at, p.received_at, p.sync_status
    FROM period p INDEXED BY period_starts_state
    WHERE p.target_id = :targetId AND p.starts_state = 1 AND p.started_at < :before
    ORDER BY p.started_at DESC, p.received_at DESC LIMIT ${LOOK_BACK}) started
  WHERE sync_status = 'SYNCED' AND NOT EXISTS (
    SELECT 1 FROM period q WHERE q.target_id = started.target_id
      AND q.started_at = started.started_at AND q.received_at < started.received_at)
  LIMIT 1`;

/** The oldest ones, a range of the key. */
export const REMOVE_PERIODS = `
  DELETE FROM period WHERE target_id = :targetId AND started_at < coalesce(
    (SELECT p.started_at + 1 FROM period p WHERE p.target_id = :targetId AND p.started_at < :keptFrom
      ORDER BY p.started_at LIMIT 1 OFFSET ${ROWS - 1}),
    :keptFrom)`;

/** By `incident_opened`. All of them are resolved: the SYNCED run resolves the incident before it. */
const REMOVE_INCIDENTS = `
  DELETE FROM incident WHERE id IN (
    SELECT i.id FROM incident i
    WHERE i.target_id = :targetId AND i.opened_at < :keptFrom AND i.resolved_at <= :keptFrom
    ORDER BY i.opened_at LIMIT ${ROWS})`;

/** Without this the time before the remaining rows would be STALE: the declaration is as old as what was removed. */
const FORGET_DECLARATION =
  'UPDATE target SET declared_at = NULL WHERE id = :targetId AND declared_at < :keptFrom';

/** The sources of reports from before the horizon that stay: a range of the key. */
const OLD_SOURCES = 'SELECT DISTINCT source_id FROM report WHERE target_id = ? AND checked_at <= ?';

export interface Cut {
  readonly targetId: number;
  readonly keptFrom: number;
}

export interface RemovedOfTarget {
  readonly reports: number;
  readonly periods: number;
  readonly incidents: number;
}

const NOTHING: RemovedOfTarget = { reports: 0, periods: 0, incidents: 0 };

/** Removes the rows of each target that are older than the horizons, the oldest first, a few per step. */
export class TargetPruning {
  readonly #next;
  readonly #reportsKeptFrom;
  readonly #oldestReport;
  readonly #currentKeptFrom;
  readonly #overKeptFrom;
  readonly #removeReports;
  readonly #removePeriods;
  readonly #removeIncidents;
  readonly #forgetDeclaration;
  readonly #oldSources;

  constructor(client: Sqlite.Database) {
    type Before = { targetId: number; before: number };
    const instant = <P extends unknown[]>(statement: string) =>
      client.prepare<P, number | null>(statement).pluck();
    this.#next = instant<[number]>(NEXT_TARGET);
    this.#reportsKeptFrom = instant<[number, number]>(REPORTS_KEPT_FROM);
    this.#oldestReport = instant<[number]>(OLDEST_REPORT);
    this.#currentKeptFrom = instant<[Before]>(CURRENT_KEPT_FROM);
    this.#overKeptFrom = instant<[Before]>(OVER_KEPT_FROM);
    this.#removeReports = client.prepare<[Cut]>(REMOVE_REPORTS);
    this.#removePeriods = client.prepare<[Cut]>(REMOVE_PERIODS);
    this.#removeIncidents = client.prepare<[Cut]>(REMOVE_INCIDENTS);
    this.#forgetDeclaration = client.prepare<[Cut]>(FORGET_DECLARATION);
    this.#oldSources = client.prepare<[number, number], number>(OLD_SOURCES).pluck();
  }

  /**
   * Every step decides anew, so others may write between two steps. Adds the sources that are still named to `named`.
   */
  *steps(horizons: StoredHorizons, named: Set<number>): Generator<RemovedOfTarget, void> {
    for (let id = this.#next.get(0); id != null; id = this.#next.get(id)) {
      let removed: RemovedOfTarget;
      do {
        removed = this.#removeFrom(id, horizons);
        yield removed;
      } while (isFull(removed));
      const { reportsBefore } = horizons;
      if (reportsBefore === undefined) continue;
      for (const sourceId of this.#oldSources.all(id, reportsBefore)) named.add(sourceId);
    }
  }

  #removeFrom(targetId: number, { reportsBefore, historyBefore }: StoredHorizons): RemovedOfTarget {
    const reports = reportsBefore === undefined ? 0 : this.#removeReportsBefore(targetId, reportsBefore);
    if (reports >= ROWS || historyBefore === undefined) return { ...NOTHING, reports };
    const keptFrom = this.#historyKeptFrom(targetId, historyBefore);
    if (keptFrom == null) return { ...NOTHING, reports };
    const cut = { targetId, keptFrom };
    this.#forgetDeclaration.run(cut);
    const incidents = this.#removeIncidents.run(cut).changes;
    return { reports, incidents, periods: this.#removePeriods.run(cut).changes };
  }

  #removeReportsBefore(targetId: number, horizon: number): number {
    const keptFrom = this.#reportsKeptFrom.get(targetId, horizon);
    return keptFrom == null ? 0 : this.#removeReports.run({ targetId, keptFrom }).changes;
  }

  /**
   * The start of the last run of SYNCED that is older than both the horizon and the oldest stored report. At that
   * instant no incident is open, a state begins and the SYNCED commit is known. So no later answer, and no fold of a
   * later report, needs anything before it. If there is no such run, everything stays.
   */
  #historyKeptFrom(targetId: number, horizon: number): number | null | undefined {
    const oldestReportAt = this.#oldestReport.get(targetId);
    if (oldestReportAt == null) return undefined;
    const before = Math.min(horizon, oldestReportAt);
    return this.#currentKeptFrom.get({ targetId, before }) ?? this.#overKeptFrom.get({ targetId, before });
  }
}

export function isFull(removed: RemovedOfTarget): boolean {
  return Math.max(removed.reports, removed.periods, removed.incidents) >= ROWS;
}

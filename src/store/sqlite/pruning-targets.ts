import type Sqlite from 'better-sqlite3';
import type { SyncStatus } from '../../domain/finding.ts';
import type { Horizons } from '../../domain/retention.ts';
import { periodEnd } from './period-end.ts';

/** As many rows as one step removes: a millisecond or two. */
const ROWS = 200;
/** How many changes of state are looked through for a run of SYNCED, so that a target that never is costs no more. */
const LOOK_BACK = 1000;

const NEXT_TARGET = 'SELECT min(id) FROM target WHERE id > ?';

/** `reportsKeptFrom`, and what is left then: seeks in the key. */
const REPORTS_KEPT_FROM = 'SELECT max(checked_at) FROM report WHERE target_id = ? AND checked_at <= ?';
const OLDEST_REPORT = 'SELECT min(checked_at) FROM report WHERE target_id = ?';

/** The oldest ones, a range of the key. An instant goes whole, so that what is left has no half of one. */
const REMOVE_REPORTS = `
  DELETE FROM report WHERE target_id = :targetId AND checked_at < coalesce(
    (SELECT r.checked_at + 1 FROM report r WHERE r.target_id = :targetId AND r.checked_at < :keptFrom
      ORDER BY r.checked_at LIMIT 1 OFFSET ${ROWS - 1}),
    :keptFrom)`;

const END = periodEnd('period');

/** Else the end of its last period, and how many there were, could not be told from the reports that are left. */
const WRITE_END = `
  UPDATE period SET (last_check, stale_at, reports) = (
    ${END.lastCheck}, ${END.staleAt}, reports + ${END.unwritten})
  WHERE target_id = :targetId AND last_check < :keptFrom AND (started_at, received_at) = (
    SELECT p.started_at, p.received_at FROM period p WHERE p.target_id = :targetId
    ORDER BY p.started_at DESC, p.received_at DESC LIMIT 1)`;

/** `historyKeptFrom`: back through `period_opens_state`, which the planner must be told: the key would do, through all periods. */
const HISTORY_KEPT_FROM = `
  SELECT started_at FROM (
    SELECT p.target_id, p.started_at, p.received_at, p.sync_status
    FROM period p INDEXED BY period_opens_state
    WHERE p.target_id = :targetId AND p.opens_state = 1 AND p.started_at < :before
    ORDER BY p.started_at DESC, p.received_at DESC LIMIT ${LOOK_BACK}) opened
  WHERE sync_status = 'SYNCED' AND NOT EXISTS (
    SELECT 1 FROM period q WHERE q.target_id = opened.target_id
      AND q.started_at = opened.started_at AND q.received_at < opened.received_at)
  LIMIT 1`;

/** The oldest ones, a range of the key. */
const REMOVE_PERIODS = `
  DELETE FROM period WHERE target_id = :targetId AND started_at < coalesce(
    (SELECT p.started_at + 1 FROM period p WHERE p.target_id = :targetId AND p.started_at < :keptFrom
      ORDER BY p.started_at LIMIT 1 OFFSET ${ROWS - 1}),
    :keptFrom)
  RETURNING sync_status AS syncStatus, reports`;

/** By `incident_opened`. All are resolved: at its beginning a run of SYNCED resolves the one before. */
const REMOVE_INCIDENTS = `
  DELETE FROM incident WHERE id IN (
    SELECT i.id FROM incident i
    WHERE i.target_id = :targetId AND i.opened_at < :keptFrom AND i.resolved_at <= :keptFrom
    ORDER BY i.opened_at LIMIT ${ROWS})`;

const COUNT_PRUNED = `
  UPDATE target SET pruned_synced = pruned_synced + :SYNCED,
    pruned_out_of_sync = pruned_out_of_sync + :OUT_OF_SYNC, pruned_unknown = pruned_unknown + :UNKNOWN
  WHERE id = :targetId`;

/** The sources of what is left from before the horizon: a range of the key. */
const OLD_SOURCES = 'SELECT DISTINCT source_id FROM report WHERE target_id = ? AND checked_at <= ?';

interface Removed {
  readonly reports: number;
  readonly periods: number;
  readonly incidents: number;
}

/** Takes from each target what is older than the horizons, the oldest first, a few rows at a step. */
export class TargetPruning {
  readonly #next;
  readonly #reportsKeptFrom;
  readonly #oldestReport;
  readonly #historyKeptFrom;
  readonly #writeEnd;
  readonly #removeReports;
  readonly #removePeriods;
  readonly #removeIncidents;
  readonly #countPruned;
  readonly #oldSources;

  constructor(client: Sqlite.Database) {
    type Cut = { targetId: number; keptFrom: number };
    const instant = <P extends unknown[]>(statement: string) =>
      client.prepare<P, number | null>(statement).pluck();
    this.#next = instant<[number]>(NEXT_TARGET);
    this.#reportsKeptFrom = instant<[number, number]>(REPORTS_KEPT_FROM);
    this.#oldestReport = instant<[number]>(OLDEST_REPORT);
    this.#historyKeptFrom = instant<[{ targetId: number; before: number }]>(HISTORY_KEPT_FROM);
    this.#writeEnd = client.prepare<[Cut]>(WRITE_END);
    this.#removeReports = client.prepare<[Cut]>(REMOVE_REPORTS);
    this.#removePeriods = client.prepare<[Cut], { syncStatus: SyncStatus; reports: number }>(REMOVE_PERIODS);
    this.#removeIncidents = client.prepare<[Cut]>(REMOVE_INCIDENTS);
    this.#countPruned = client.prepare<[Record<SyncStatus, number> & { targetId: number }]>(COUNT_PRUNED);
    this.#oldSources = client.prepare<[number, number], number>(OLD_SOURCES).pluck();
  }

  /** Every step decides anew, so others may write between two of them. Adds the sources still named to `named`. */
  *steps(horizons: Horizons, named: Set<number>): Generator<Removed, void> {
    for (let id = this.#next.get(0); id != null; id = this.#next.get(id)) {
      let removed: Removed;
      do {
        removed = this.#removeFrom(id, horizons);
        yield removed;
      } while (Object.values(removed).some((rows) => rows >= ROWS));
      for (const sourceId of this.#oldSources.all(id, horizons.reportsBefore)) named.add(sourceId);
    }
  }

  #removeFrom(targetId: number, { reportsBefore, historyBefore }: Horizons): Removed {
    const nothing = { reports: 0, periods: 0, incidents: 0 };
    const keptFrom = this.#reportsKeptFrom.get(targetId, reportsBefore);
    const reports = keptFrom == null ? 0 : this.#removeReportsBefore({ targetId, keptFrom });
    const oldestReportAt = this.#oldestReport.get(targetId);
    if (reports >= ROWS || oldestReportAt == null) return { ...nothing, reports };
    const before = Math.min(historyBefore, oldestReportAt);
    return { reports, ...this.#removeHistory(targetId, this.#historyKeptFrom.get({ targetId, before })) };
  }

  #removeReportsBefore(cut: { targetId: number; keptFrom: number }): number {
    this.#writeEnd.run(cut);
    return this.#removeReports.run(cut).changes;
  }

  #removeHistory(targetId: number, keptFrom: number | null | undefined): Omit<Removed, 'reports'> {
    if (keptFrom == null) return { periods: 0, incidents: 0 };
    const incidents = this.#removeIncidents.run({ targetId, keptFrom }).changes;
    const periods = this.#removePeriods.all({ targetId, keptFrom });
    if (periods.length > 0) this.#count(targetId, periods);
    return { periods: periods.length, incidents };
  }

  #count(targetId: number, periods: readonly { syncStatus: SyncStatus; reports: number }[]): void {
    const pruned = { SYNCED: 0, OUT_OF_SYNC: 0, UNKNOWN: 0 };
    for (const { syncStatus, reports } of periods) pruned[syncStatus] += reports;
    this.#countPruned.run({ targetId, ...pruned });
  }
}

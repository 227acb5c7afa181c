import type Sqlite from 'better-sqlite3';
import type { Range } from '../../domain/instant.ts';
import type { TargetFilter, TargetIncident, TargetPeriods } from '../../domain/questions/reader.ts';
import type { Target } from '../../domain/target.ts';
import { findingReader } from './finding-reader.ts';
import type { Database } from './open.ts';
import { prepared } from './prepared.ts';
import {
  INCIDENT_COLUMNS,
  type IncidentRow,
  PERIOD_COLUMNS,
  type PeriodRow,
  toIncident,
  toPeriod,
} from './rows.ts';
import { type FilterParams, filterParams, shownBy } from './target-filter.ts';

/** Every target that had begun by the end of the range, with its current period: seeks in three keys for each. */
const currentPeriods = (filter: TargetFilter) => `
  SELECT t.id AS targetId, t.repo, t.server, s.started_at AS startedAt, s.start_received_at AS receivedAt,
    s.finding_id AS findingId, s.starts_state AS startsState, s.checked_at AS lastCheckedAt,
    s.received_at AS lastReceivedAt, s.stale_at AS staleAt, c."commit", s.period_run_url AS runUrl
  FROM target t
  CROSS JOIN target_status s ON s.target_id = t.id
  CROSS JOIN source c ON c.id = s.source_id
  WHERE ${shownBy(filter)}
  ORDER BY t.repo, t.server`;

/** A range of the key: from the last period that began by `from` to the last that began before `to`. */
const OVER_IN_RANGE = `
  SELECT ${PERIOD_COLUMNS} FROM period
  WHERE period.target_id = :targetId AND period.started_at < :to AND period.started_at >= coalesce(
    (SELECT max(p.started_at) FROM period p WHERE p.target_id = :targetId AND p.started_at <= :from), :from)
  ORDER BY period.started_at, period.received_at`;

/** What both kinds of period have; which sync status it is, the finding says. */
type AnyPeriodRow = Omit<PeriodRow, 'syncStatus'>;

export function periodsInRange(db: Database, filter: TargetFilter, range: Range): TargetPeriods[] {
  // One transaction: both statements see the same moment, whatever another process writes.
  return db.$client.transaction(() => readPeriods(db.$client, filter, range))();
}

function readPeriods(client: Sqlite.Database, filter: TargetFilter, { from, to }: Range): TargetPeriods[] {
  type Current = AnyPeriodRow & Target & { readonly targetId: number };
  const current = prepared<[FilterParams], Current>(client, currentPeriods(filter));
  const over = prepared<[Range & { targetId: number }], AnyPeriodRow>(client, OVER_IN_RANGE);
  const finding = findingReader(client);
  const histories: TargetPeriods[] = [];
  for (const { targetId, repo, server, ...last } of current.all(filterParams(filter))) {
    // What came before the current period reaches into the range only where that one began inside or after it.
    const before = last.startedAt > from ? over.all({ targetId, from, to }) : [];
    const rows = last.startedAt < to ? [...before, last] : before;
    if (rows.length === 0) continue;
    histories.push({
      target: { repo, server },
      periods: rows.map((row) => toPeriod(row, finding(row.findingId))),
    });
  }
  return histories;
}

/**
 * For each target a range of `incident_opened`: incidents of a target do not overlap, so none that opened before the
 * last one that had by `from` reaches into the range.
 */
const incidentsOf = (filter: TargetFilter) => `
  SELECT t.repo, t.server, ${INCIDENT_COLUMNS}
  FROM target t
  CROSS JOIN incident ON incident.target_id = t.id
  WHERE ${shownBy(filter)} AND incident.opened_at < :to AND incident.opened_at >= coalesce(
      (SELECT max(i.opened_at) FROM incident i WHERE i.target_id = t.id AND i.opened_at <= :from), :from)
    AND (incident.resolved_at IS NULL OR incident.resolved_at > :from OR incident.opened_at >= :from)
  ORDER BY incident.opened_at DESC, incident.id DESC`;

export function incidentsInRange(db: Database, filter: TargetFilter, range: Range): TargetIncident[] {
  return prepared<[FilterParams & Range], IncidentRow & Target>(db.$client, incidentsOf(filter))
    .all({ ...filterParams(filter), ...range })
    .map((row) => ({ target: { repo: row.repo, server: row.server }, ...toIncident(row) }));
}

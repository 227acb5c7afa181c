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
import { type BetweenSlices, IN_SLICES, readInSlices, type SliceParams } from './slices.ts';
import { shownBy, standingBy } from './target-filter.ts';

/** What is asked of each target: a range, and how many rows at the most. */
interface Asked {
  readonly range: Range;
  readonly limit: number | undefined;
}

type OfTarget = Range & { readonly targetId: number; readonly limit: number };

/** SQLite's word for no limit. */
const NO_LIMIT = -1;

/** Every target with its current period: seeks in three keys for each. */
const currentPeriods = (filter: TargetFilter) => `
  SELECT t.id AS targetId, t.repo, t.server, t.declared_at AS declaredAt, s.started_at AS startedAt, s.start_received_at AS receivedAt,
    s.finding_id AS findingId, s.starts_state AS startsState, s.checked_at AS lastCheckedAt,
    s.received_at AS lastReceivedAt, s.stale_at AS staleAt, c."commit", s.period_run_url AS runUrl
  FROM target t
  LEFT JOIN target_status s ON s.target_id = t.id
  LEFT JOIN source c ON c.id = s.source_id
  WHERE ${standingBy(filter)} ${IN_SLICES}`;

/** A range of the key: from the last period that began by `from` to the last that began before `to`. */
const OVER_IN_RANGE = `
  SELECT ${PERIOD_COLUMNS} FROM period
  WHERE period.target_id = :targetId AND period.started_at < :to AND period.started_at >= coalesce(
    (SELECT max(p.started_at) FROM period p WHERE p.target_id = :targetId AND p.started_at <= :from), :from)
  ORDER BY period.started_at, period.received_at LIMIT :limit`;

/** What both kinds of period have; which sync status it is, the finding says. */
type AnyPeriodRow = Omit<PeriodRow, 'syncStatus'>;

export function periodsInRange(
  db: Database,
  filter: TargetFilter,
  { betweenSlices, ...asked }: Asked & { readonly betweenSlices: BetweenSlices },
): TargetPeriods[] {
  // One transaction: all statements see the same moment, whatever another process writes.
  return db.$client.transaction(() => {
    const histories: TargetPeriods[] = [];
    for (const history of readPeriods(db.$client, { filter, betweenSlices }, asked)) {
      histories.push(history);
      betweenSlices();
    }
    return histories;
  })();
}

function* readPeriods(
  client: Sqlite.Database,
  { filter, betweenSlices }: { filter: TargetFilter; betweenSlices: BetweenSlices },
  { range: { from, to }, limit = NO_LIMIT }: Asked,
): Generator<TargetPeriods> {
  type Named = Target & { readonly targetId: number; readonly declaredAt: number | null };
  type Current = Named & (AnyPeriodRow | { readonly startedAt: null });
  const current = prepared<[SliceParams], Current>(client, currentPeriods(filter));
  const over = prepared<[OfTarget], AnyPeriodRow>(client, OVER_IN_RANGE);
  const finding = findingReader(client);
  for (const row of readInSlices(current, filter, betweenSlices)) {
    const { targetId, repo, server, declaredAt: declared, ...last } = row;
    const declaredAt = declared ?? undefined;
    const isExpected = declaredAt !== undefined && declaredAt < to;
    if (last.startedAt === null) {
      if (isExpected) yield { target: { repo, server }, declaredAt, periods: [] };
      continue;
    }
    // What came before the current period reaches into the range only where that one began inside or after it.
    const before = last.startedAt > from ? over.all({ targetId, from, to, limit }) : [];
    const isFull = limit !== NO_LIMIT && before.length >= limit;
    const rows = last.startedAt < to && !isFull ? [...before, last] : before;
    if (rows.length === 0 && !isExpected) continue;
    const periods = rows.map((row) => toPeriod(row, finding(row.findingId)));
    yield { target: { repo, server }, declaredAt, periods };
  }
}

const targetsIn = (filter: TargetFilter) => `
  SELECT t.id AS targetId, t.repo, t.server FROM target t WHERE ${shownBy(filter)} ${IN_SLICES}`;

/**
 * A range of `incident_opened`: incidents of a target do not overlap, so none that opened before the last one that had
 * by `from` reaches into the range.
 */
const INCIDENTS_OF = `
  SELECT ${INCIDENT_COLUMNS} FROM incident
  WHERE target_id = :targetId AND opened_at < :to AND opened_at >= coalesce(
      (SELECT max(i.opened_at) FROM incident i WHERE i.target_id = :targetId AND i.opened_at <= :from), :from)
    AND (resolved_at IS NULL OR resolved_at > :from OR opened_at >= :from)
  ORDER BY opened_at DESC, id DESC LIMIT :limit`;

/** Newest first, over all targets. With a limit no more than so many are read of each, and given in all. */
export function incidentsInRange(
  db: Database,
  filter: TargetFilter,
  { range, limit = NO_LIMIT, betweenSlices }: Asked & { readonly betweenSlices: BetweenSlices },
): TargetIncident[] {
  const client = db.$client;
  const targets = prepared<[SliceParams], Target & { targetId: number }>(client, targetsIn(filter));
  const incidents = prepared<[OfTarget], IncidentRow>(client, INCIDENTS_OF);
  return client.transaction(() => {
    const found: TargetIncident[] = [];
    for (const { targetId, repo, server } of readInSlices(targets, filter, betweenSlices)) {
      const target = { repo, server };
      for (const row of incidents.all({ targetId, ...range, limit }))
        found.push({ target, ...toIncident(row) });
      betweenSlices();
    }
    found.sort((a, b) => b.openedAt - a.openedAt || b.id - a.id);
    return limit === NO_LIMIT ? found : found.slice(0, limit);
  })();
}

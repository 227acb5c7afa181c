import type Sqlite from 'better-sqlite3';
import type { FindingRef } from '../../domain/finding.ts';
import type { Range } from '../../domain/instant.ts';
import type { Period } from '../../domain/period.ts';
import { firstOfAll } from '../../domain/questions/first-of-all.ts';
import type {
  OfTarget,
  Part,
  SegmentFacts,
  TargetFilter,
  TargetPeriods,
} from '../../domain/questions/reader.ts';
import { compareSegments, firstSegments, type TargetSegment } from '../../domain/questions/timeline.ts';
import type { Target } from '../../domain/target.ts';
import { ReadBudget } from '../read-budget.ts';
import { type FindingReader, findingReader } from './finding-reader.ts';
import { toTarget } from './named-target.ts';
import type { Database } from './open.ts';
import { prepared } from './prepared.ts';
import { PERIOD_COLUMNS, type PeriodRow, toPeriod } from './rows.ts';
import { type BetweenSlices, IN_SLICES, readInSlices, type SliceParams } from './slices.ts';
import { standingBy } from './target-filter.ts';

interface Asked<T> {
  readonly range: Range;
  readonly part?: Part<T> | undefined;
  readonly betweenSlices: BetweenSlices;
}

type OfTargetId = Range & { readonly targetId: number; readonly limit: number };

/** This means no limit in SQLite. */
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

/** The columns of both kinds of period. The finding says which sync status it is. */
type AnyPeriodRow = Omit<PeriodRow, 'syncStatus'>;
/** A target and its current period, or no period if it never reported. */
type Current = Target & { readonly targetId: number; readonly declaredAt: number | null } & (
    | AnyPeriodRow
    | { readonly startedAt: null }
  );

/** The limit counts targets. */
export function periodsInRange(
  db: Database,
  filter: TargetFilter,
  { range, part: { limit = Number.POSITIVE_INFINITY, isWanted } = {}, betweenSlices }: Asked<OfTarget>,
): TargetPeriods[] {
  // One transaction: all statements see the same snapshot, whatever another process writes.
  return db.$client.transaction(() => {
    const budget = new ReadBudget();
    const { whole } = findingReader(db.$client, budget);
    const periodsOf = periodReader(db.$client, range);
    const histories: TargetPeriods[] = [];
    for (const current of currentOf(db.$client, filter, betweenSlices)) {
      if (isWanted?.({ target: toTarget(current) }) === false) continue;
      const rows = periodsOf(current, Number.POSITIVE_INFINITY);
      const declaredAt = current.declaredAt ?? undefined;
      if (rows.length === 0 && !(declaredAt !== undefined && declaredAt < range.to)) continue;
      budget.take(1 + rows.length);
      const periods = rows.map((row) => toPeriod(row, whole(row.findingId)));
      histories.push({ target: toTarget(current), declaredAt, periods });
      if (histories.length >= limit) break;
      betweenSlices();
    }
    return histories;
  })();
}

/** Findings are read only for the segments that are wanted. */
export function segmentsInRange(
  db: Database,
  filter: TargetFilter,
  { range, part: { limit = Number.POSITIVE_INFINITY, isWanted } = {}, betweenSlices }: Asked<SegmentFacts>,
): TargetSegment[] {
  return db.$client.transaction(() => {
    const budget = new ReadBudget();
    const findings = findingReader(db.$client, budget);
    const periodsOf = periodReader(db.$client, range);
    const read = (current: Current, most: number) => {
      betweenSlices();
      const rows = periodsOf(current, most);
      budget.take(rows.length);
      const periods = rows.map((row) => toPeriod<FindingRef>(row, findings.summary(row.findingId)));
      const tracked = { target: toTarget(current), declaredAt: current.declaredAt ?? undefined, periods };
      const start = firstSegments(tracked, { range, most });
      const items =
        isWanted === undefined ? start.items : start.items.filter(({ segment }) => isWanted(segment));
      budget.giveBack(Math.max(0, rows.length - items.length));
      return { ...start, items };
    };
    const targets = [...currentOf(db.$client, filter, betweenSlices)];
    const placeOf = ({ segment }: TargetSegment<FindingRef>) => segment.from;
    return firstOfAll(targets, read, { limit, placeOf, compare: compareSegments }).map((one) =>
      withFinding(one, findings),
    );
  })();
}

function withFinding(
  { target, segment }: TargetSegment<FindingRef>,
  { whole }: FindingReader,
): TargetSegment {
  const withFiles = (period: Period<FindingRef>): Period => ({
    ...period,
    finding: whole(period.finding.id),
  });
  if (segment.state !== 'STALE')
    return { target, segment: { ...segment, period: withFiles(segment.period) } };
  return { target, segment: { ...segment, period: segment.period && withFiles(segment.period) } };
}

function currentOf(
  client: Sqlite.Database,
  filter: TargetFilter,
  betweenSlices: BetweenSlices,
): Generator<Current, void> {
  const statement = prepared<[SliceParams], Current>(client, currentPeriods(filter));
  return readInSlices(statement, filter, { betweenSlices });
}

/** Reads the first `most` periods of a target that overlap the range. */
function periodReader(client: Sqlite.Database, { from, to }: Range) {
  const over = prepared<[OfTargetId], AnyPeriodRow>(client, OVER_IN_RANGE);
  return (current: Current, most: number): AnyPeriodRow[] => {
    if (current.startedAt === null) return [];
    const { targetId, startedAt } = current;
    const limit = most === Number.POSITIVE_INFINITY ? NO_LIMIT : most;
    // Earlier periods reach into the range only if the current one began inside or after it.
    const before = startedAt > from ? over.all({ targetId, from, to, limit }) : [];
    return startedAt < to && before.length < most ? [...before, current] : before;
  };
}

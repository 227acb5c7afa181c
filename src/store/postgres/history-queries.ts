import type { FindingRef } from '../../domain/finding.ts';
import type { Range } from '../../domain/instant.ts';
import type { Period } from '../../domain/period.ts';
import { firstOfAllRead } from '../../domain/questions/first-of-all.ts';
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
import { FindingReader } from './finding-reader.ts';
import { grouped } from './grouped.ts';
import { PERIOD_COLUMNS, type PeriodRow, toPeriod, toPeriodRef } from './rows.ts';
import type { Session } from './session.ts';
import { type BetweenSlices, IN_SLICES, readInSlices, type SliceParams } from './slices.ts';
import { cachedStatement, statement } from './statement.ts';
import { standingBy } from './target-filter.ts';
import { WITH_STATUS } from './target-table.ts';

interface Asked<T> {
  readonly range: Range;
  readonly part?: Part<T> | undefined;
  readonly betweenSlices: BetweenSlices;
}

/** Every target with its current period: seeks in four keys for each. */
const currentPeriods = (filter: TargetFilter) => `
  SELECT t.id AS "targetId", t.repo, t.server, t.declared_at AS "declaredAt", s.started_at AS "startedAt",
    s.start_received_at AS "receivedAt", s.finding_id AS "findingId", f.sync_status AS "syncStatus",
    s.starts_state AS "startsState", s.checked_at AS "lastCheckedAt", s.received_at AS "lastReceivedAt",
    s.stale_at AS "staleAt", c."commit", s.period_run_url AS "runUrl"
  FROM target t ${WITH_STATUS}
  LEFT JOIN source c ON c.id = s.source_id
  LEFT JOIN finding f ON f.id = s.finding_id
  WHERE ${standingBy(filter)} ${IN_SLICES}`;

interface OfTargets extends Range {
  readonly ids: readonly number[];
  /** Null for no limit. */
  readonly most: number | null;
}

type Over = PeriodRow & { readonly targetId: number };

/** For each a range of the key: from the last period that began by `from` to the last that began before `to`. */
const OVER_IN_RANGE = statement<OfTargets, Over>(`
  SELECT w.target_id AS "targetId", found.* FROM unnest(:ids::bigint[]) WITH ORDINALITY AS w(target_id, place)
  CROSS JOIN LATERAL (
    SELECT ${PERIOD_COLUMNS.replace('period."target_id" AS "targetId", ', '')} FROM period
    WHERE period.target_id = w.target_id AND period.started_at < :to AND period.started_at >= coalesce(
      (SELECT max(p.started_at) FROM period p WHERE p.target_id = w.target_id AND p.started_at <= :from), :from)
    ORDER BY period.started_at, period.received_at LIMIT :most::bigint) AS found
  ORDER BY w.place, found."startedAt", found."receivedAt"`);

/** A target and its current period, or no period if it never reported. */
type Current = Target & { readonly targetId: number; readonly declaredAt: number | null } & (
    | PeriodRow
    | { readonly startedAt: null }
  );

/** How many targets are read at once: a history may be long. */
const AT_ONCE = 200;

/** The limit counts targets. */
export async function periodsInRange(
  session: Session,
  filter: TargetFilter,
  { range, part: { limit = Number.POSITIVE_INFINITY, isWanted } = {}, betweenSlices }: Asked<OfTarget>,
): Promise<TargetPeriods[]> {
  const budget = new ReadBudget();
  const findings = new FindingReader(session, budget);
  const histories: TargetPeriods[] = [];
  for await (const currents of currentOf(session, filter, betweenSlices)) {
    const wanted = currents.filter((current) => isWanted?.({ target: targetOf(current) }) !== false);
    const periodsOf = await readPeriods(session, wanted, { range, most: null });
    const found = wanted
      .map((current) => ({ current, rows: periodsOf(current) }))
      .filter(({ current, rows }) => rows.length > 0 || isDeclaredBefore(current, range.to))
      .slice(0, limit - histories.length);
    for (const { rows } of found) budget.take(1 + rows.length);
    await findings.read(found.flatMap(({ rows }) => rows.map(({ findingId }) => findingId)));
    for (const { current, rows } of found) {
      const periods = rows.map((row) => toPeriod(row, findings.get(row.findingId)));
      histories.push({ target: targetOf(current), declaredAt: current.declaredAt ?? undefined, periods });
    }
    if (histories.length >= limit) break;
    betweenSlices();
  }
  return histories;
}

function isDeclaredBefore({ declaredAt }: Current, to: number): boolean {
  return declaredAt !== null && declaredAt < to;
}

/** Findings are only read of the segments that are wanted. */
export async function segmentsInRange(
  session: Session,
  filter: TargetFilter,
  { range, part: { limit = Number.POSITIVE_INFINITY, isWanted } = {}, betweenSlices }: Asked<SegmentFacts>,
): Promise<TargetSegment[]> {
  const budget = new ReadBudget();
  const findings = new FindingReader(session, budget);
  const targets: Current[] = [];
  for await (const currents of currentOf(session, filter, betweenSlices)) targets.push(...currents);
  const read = async (currents: readonly Current[], most: number) => {
    const starts = [];
    for (const some of inParts(currents)) {
      betweenSlices();
      const periodsOf = await readPeriods(session, some, { range, most: limitOf(most) });
      for (const current of some) {
        const rows = periodsOf(current).slice(0, most);
        budget.take(rows.length);
        const tracked = {
          target: targetOf(current),
          declaredAt: current.declaredAt ?? undefined,
          periods: rows.map(toPeriodRef),
        };
        const start = firstSegments(tracked, { range, most });
        const items =
          isWanted === undefined ? start.items : start.items.filter(({ segment }) => isWanted(segment));
        budget.giveBack(Math.max(0, rows.length - items.length));
        starts.push({ ...start, items });
      }
    }
    return starts;
  };
  const placeOf = ({ segment }: TargetSegment<FindingRef>) => segment.from;
  const segments = await firstOfAllRead(targets, read, { limit, placeOf, compare: compareSegments });
  await findings.read(segments.flatMap(({ segment }) => segment.period?.finding.id ?? []));
  return segments.map((one) => withFinding(one, findings));
}

function withFinding({ target, segment }: TargetSegment<FindingRef>, findings: FindingReader): TargetSegment {
  const withFiles = (period: Period<FindingRef>): Period => ({
    ...period,
    finding: findings.get(period.finding.id),
  });
  if (segment.state !== 'STALE')
    return { target, segment: { ...segment, period: withFiles(segment.period) } };
  return { target, segment: { ...segment, period: segment.period && withFiles(segment.period) } };
}

async function* currentOf(
  session: Session,
  filter: TargetFilter,
  betweenSlices: BetweenSlices,
): AsyncGenerator<readonly Current[], void> {
  const asked = cachedStatement<SliceParams, Current>(currentPeriods(filter));
  for await (const slice of readInSlices(session, asked, { filter, betweenSlices, also: {} })) {
    yield* inParts(slice);
  }
}

function* inParts<T>(all: readonly T[]): Generator<readonly T[], void> {
  for (let start = 0; start < all.length; start += AT_ONCE) yield all.slice(start, start + AT_ONCE);
}

/** Reads the first `most` periods of targets that overlap the range. */
async function readPeriods(
  session: Session,
  currents: readonly Current[],
  { range: { from, to }, most }: { range: Range; most: number | null },
): Promise<(current: Current) => readonly PeriodRow[]> {
  // What came before the current period reaches into the range only if that one began inside or after it.
  const reaching = currents.filter(({ startedAt }) => startedAt !== null && startedAt > from);
  const ids = reaching.map(({ targetId }) => targetId);
  const rows = ids.length === 0 ? [] : await session.all(OVER_IN_RANGE, { ids, from, to, most });
  const over = grouped(rows, ({ targetId }) => targetId);
  return (current) => {
    const before = over.get(current.targetId) ?? [];
    const isIn = current.startedAt !== null && current.startedAt < to;
    return isIn && before.length < (most ?? Number.POSITIVE_INFINITY) ? [...before, current] : before;
  };
}

/** As a parameter: null is no limit. */
function limitOf(most: number): number | null {
  return most === Number.POSITIVE_INFINITY ? null : most;
}

function targetOf({ repo, server }: Target): Target {
  return { repo, server };
}

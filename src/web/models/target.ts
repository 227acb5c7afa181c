import { DomainError } from '../../domain/errors.ts';
import { fileNames } from '../../domain/finding.ts';
import { FLAPS_WITHIN_MS, flaps } from '../../domain/flapping.ts';
import { formatInstant } from '../../domain/instant.ts';
import { complianceOf } from '../../domain/questions/compliance.ts';
import { incidentSetsOf } from '../../domain/questions/incident-sets.ts';
import { mutingAt } from '../../domain/questions/muting.ts';
import { factRangeOf } from '../../domain/questions/range.ts';
import type {
  HistoryReader,
  ReportPosition,
  StatusDetails,
  TargetIncident,
  TargetPeriods,
} from '../../domain/questions/reader.ts';
import { segmentsOf } from '../../domain/questions/timeline.ts';
import type { Report } from '../../domain/report.ts';
import type { Target } from '../../domain/target.ts';
import { SPAN_MS } from '../views/range-nav.tsx';
import type { ReportLine, TargetNow, TargetRecord, TargetView } from '../views/target-view.ts';
import { checkDurationsOf } from './check-durations.ts';
import { type DiffersQuery, differsOf } from './differs.ts';
import { lanesOf } from './lanes.ts';
import { type PageTime, pageTimeOf, type TimeAsked } from './page-time.ts';
import { toTargetRow } from './target-row.ts';

const REPORTS = 25;
const INCIDENT_SETS = 10;

interface TargetQuery extends Target, TimeAsked, DiffersQuery {
  readonly cursor?: ReportPosition | undefined;
}

/** Throws `not_found` if there is no such target, or was none at the requested instant. */
export async function targetView(
  reader: HistoryReader,
  { repo, server, cursor, ...query }: TargetQuery,
  {
    now,
    publicUrl,
    encodeCursor,
  }: { now: number; publicUrl: string; encodeCursor: (at: ReportPosition) => string },
): Promise<TargetView> {
  const filter = { repos: [repo], servers: [server] };
  const time = pageTimeOf(query, now);
  const { at, range } = time;
  // At least 30 days: figures about a shorter time would be chance.
  const record = { from: Math.min(range.from, at - SPAN_MS['30d']), to: at };
  const factsFrom = (from: number) =>
    time.isPast ? { from, to: Math.max(at, range.to) + 1 } : factRangeOf({ from }, now);
  const [muting, [status], [history], incidents, page, told] = await Promise.all([
    mutingAt(reader, filter, at),
    reader.statuses(filter, time.isPast ? at : undefined),
    reader.periods(filter, { from: record.from, to: Math.max(at, range.to) }),
    reader.incidents(filter, factsFrom(record.from)),
    reader.reports(filter, { range: factsFrom(range.from), limit: REPORTS, after: cursor }),
    reader.toldAbout({ repo, server }),
  ]);
  if (status === undefined) throw notFound({ repo, server }, time);
  const extra = await extraOf(reader, status);
  const segments = history === undefined ? [] : segmentsOf(history, range);
  return {
    target: toTargetNow(status, { now: at, mute: muting.ofStatus(status) }),
    time,
    lanes: lanesOf(segments, range),
    record: recordOf({ history, incidents: time.isPast ? asOf(incidents, at) : incidents }, record),
    differs: differsOf(
      {
        files: status.finding?.files ?? [],
        driftCount: status.finding?.driftCount,
        resources: extra?.resources,
      },
      query,
    ),
    query,
    told: time.isPast ? undefined : told,
    took:
      cursor === undefined ? checkDurationsOf(page.reports.map(({ durationMs }) => durationMs)) : undefined,
    reports: page.reports.map(toReportLine),
    isLater: cursor !== undefined,
    nextCursor: page.next && encodeCursor(page.next),
    publicUrl,
  };
}

function notFound({ repo, server }: Target, { at, isPast }: PageTime): DomainError {
  const what = `There is no target with repo=${repo} and server=${server}`;
  return new DomainError(
    'not_found',
    isPast ? `${what} that was known at ${formatInstant(at)}.` : `${what}.`,
  );
}

/** The other fields of the newest report. */
async function extraOf(
  reader: HistoryReader,
  { target, checkedAt, finding }: StatusDetails,
): Promise<Report['extra'] | undefined> {
  if (checkedAt === undefined || finding?.syncStatus !== 'OUT_OF_SYNC') return undefined;
  const { reports } = await reader.reports(
    { repos: [target.repo], servers: [target.server] },
    { range: { from: checkedAt, to: checkedAt + 1 }, limit: 1 },
  );
  return reports[0]?.extra;
}

/** A page about the past does not know what came later. */
function asOf(incidents: readonly TargetIncident[], at: number): readonly TargetIncident[] {
  return incidents
    .filter(({ openedAt }) => openedAt <= at)
    .map((one) => ((one.resolvedAt ?? 0) > at ? { ...one, resolvedAt: undefined } : one));
}

/** Figures of the history: the share of time in sync, and the incidents. */
function recordOf(
  { history, incidents }: { history: TargetPeriods | undefined; incidents: readonly TargetIncident[] },
  range: TargetRecord['range'],
): TargetRecord {
  const recent = incidents.filter(({ openedAt }) => openedAt > range.to - FLAPS_WITHIN_MS).length;
  const sets = incidentSetsOf(incidents, range.to);
  return {
    range,
    compliance: complianceOf(history === undefined ? [] : segmentsOf(history, range), incidents),
    sets: sets.slice(0, INCIDENT_SETS),
    setCount: sets.length,
    flaps: flaps(recent) ? recent : undefined,
  };
}

function toTargetNow(status: StatusDetails, at: Parameters<typeof toTargetRow>[1]): TargetNow {
  const { staleAt, lastSyncedAt, branch, check, errorKind, deployedCommit } = status;
  return { ...toTargetRow(status, at), staleAt, lastSyncedAt, branch, check, errorKind, deployedCommit };
}

function toReportLine(report: Report): ReportLine {
  const { finding, checkedAt, receivedAt, commit, runUrl, durationMs, error } = report;
  const { syncStatus, driftCount, files } = finding;
  return {
    checkedAt,
    receivedAt,
    syncStatus,
    driftCount,
    files: fileNames(files),
    commit,
    runUrl,
    durationMs,
    error,
  };
}

import { complianceOf } from '../../domain/compliance.ts';
import { deploysIn } from '../../domain/deploy.ts';
import { DomainError } from '../../domain/errors.ts';
import { fileDrifts } from '../../domain/file-drift.ts';
import { fileNames } from '../../domain/finding.ts';
import type { Range } from '../../domain/instant.ts';
import { recurrencesOf } from '../../domain/recurrence.ts';
import type { Report } from '../../domain/report.ts';
import { exactRuns, worstRuns } from '../../domain/runs.ts';
import type { Target } from '../../domain/target.ts';
import { type Segment, segmentsOf } from '../../domain/timeline.ts';
import { SPAN_MS, type Span } from '../../render/page/range-nav.tsx';
import type { ReportLine, TargetNow, TargetView } from '../../render/page/target-view.ts';
import type { Queries, ReportPosition, StatusDetails } from '../../store/queries.ts';
import { encodeCursor } from '../cursor.ts';
import { factRangeOf, rangeOf } from '../schemas/query.ts';
import { targetHistories } from '../target-histories.ts';
import { toIncidentView, toTargetRow } from './target-row.ts';

const REPORTS = 25;
const INCIDENTS = 20;
const FILES = 20;
const RECURRENCES = 5;
/** As many as there are pixels to tell apart on a usual screen. */
const SLOTS = 720;

interface TargetQuery extends Target {
  readonly range: Span;
  readonly cursor?: ReportPosition | undefined;
}

/** Throws `not_found` where nothing was ever reported about it. */
export async function targetView(
  store: Queries,
  { repo, server, range: span, cursor }: TargetQuery,
  { now, origin }: { now: number; origin: string },
): Promise<TargetView> {
  const one = { repo: [repo], server: [server] };
  const filter = { repos: [repo], servers: [server] };
  const from = now - SPAN_MS[span];
  const range = rangeOf({ from }, now);
  const facts = factRangeOf({ from }, now);
  const [statuses, histories, incidents, reports] = await Promise.all([
    store.statuses(filter),
    // To the latest: whether a file still differs is asked of now.
    targetHistories(store, one, { range, now, toLatest: true }),
    store.incidents(filter, facts),
    store.reports(filter, { range: facts, limit: REPORTS, after: cursor }),
  ]);
  const [status] = statuses;
  if (status === undefined) {
    throw new DomainError('not_found', `There is no target with repo=${repo} and server=${server}.`);
  }
  const segments = histories.flatMap(({ periods }) => segmentsOf(periods, range));
  return {
    target: toTargetNow(status, now),
    span,
    range,
    ...drawnStates(segments, range),
    drift: worstRuns(segments, { range, slots: SLOTS }, knownDrift),
    deploys: deploysIn(histories, range),
    compliance: complianceOf(
      segments,
      histories.flatMap((history) => history.incidents),
    ),
    incidents: incidents.slice(0, INCIDENTS).map((incident) => toIncidentView(incident, now)),
    incidentCount: incidents.length,
    recurrences: recurrencesOf(incidents).slice(0, RECURRENCES),
    files: fileDrifts(histories, range).slice(0, FILES),
    reports: reports.reports.map(toReportLine),
    isLater: cursor !== undefined,
    nextCursor: reports.next && encodeCursor(reports.next),
    origin,
  };
}

/** Exactly, unless that would be more than can be told apart. */
function drawnStates(segments: readonly Segment[], range: Range) {
  const exact = exactRuns(segments, ({ state }) => state);
  const isExact = exact.length <= SLOTS;
  const states = isExact ? exact : worstRuns(segments, { range, slots: SLOTS }, ({ state }) => state);
  return { states, isExact };
}

function toTargetNow(status: StatusDetails, now: number): TargetNow {
  const { staleAt, lastSyncedAt, branch, errorKind } = status;
  return { ...toTargetRow(status, now), staleAt, lastSyncedAt, branch, errorKind };
}

/** Nobody knows how much differs while nobody could tell. */
function knownDrift({ state, period }: Segment): number | undefined {
  return state === 'SYNCED' || state === 'OUT_OF_SYNC' ? period.finding.driftCount : undefined;
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

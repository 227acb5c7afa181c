import { DomainError } from '../../domain/errors.ts';
import { fileNames } from '../../domain/finding.ts';
import { complianceOf } from '../../domain/questions/compliance.ts';
import { fileDrifts } from '../../domain/questions/file-drift.ts';
import { targetHistories } from '../../domain/questions/histories.ts';
import { mutedIncidents, mutingAt } from '../../domain/questions/muting.ts';
import { factRangeOf, rangeOf } from '../../domain/questions/range.ts';
import type { HistoryReader, ReportPosition, StatusDetails } from '../../domain/questions/reader.ts';
import { recurrencesOf } from '../../domain/questions/recurrence.ts';
import { segmentsOf } from '../../domain/questions/timeline.ts';
import type { Report } from '../../domain/report.ts';
import type { Target } from '../../domain/target.ts';
import { SPAN_MS, type Span } from '../views/range-nav.tsx';
import type { ReportLine, TargetNow, TargetView } from '../views/target-view.ts';
import { lanesOf } from './lanes.ts';
import { toIncidentView, toTargetRow } from './target-row.ts';

const REPORTS = 25;
const INCIDENTS = 20;
const FILES = 20;
const RECURRENCES = 5;

interface TargetQuery extends Target {
  readonly range: Span;
  readonly cursor?: ReportPosition | undefined;
}

/** Throws `not_found` where there is no such target. */
export async function targetView(
  reader: HistoryReader,
  { repo, server, range: span, cursor }: TargetQuery,
  {
    now,
    publicUrl,
    encodeCursor,
  }: { now: number; publicUrl: string; encodeCursor: (at: ReportPosition) => string },
): Promise<TargetView> {
  const filter = { repos: [repo], servers: [server] };
  const from = now - SPAN_MS[span];
  const range = rangeOf({ from }, now);
  const facts = factRangeOf({ from }, now);
  const [muting, muteOf, statuses, histories, incidents, reports] = await Promise.all([
    mutingAt(reader, filter, now),
    mutedIncidents(reader, filter, now),
    reader.statuses(filter),
    // Up to now: the page shows whether a file still differs now.
    targetHistories(reader, { filter }, { range, now, toLatest: true }),
    reader.incidents(filter, facts),
    reader.reports(filter, { range: facts, limit: REPORTS, after: cursor }),
  ]);
  const [status] = statuses;
  if (status === undefined) {
    throw new DomainError('not_found', `There is no target with repo=${repo} and server=${server}.`);
  }
  const segments = histories.flatMap((history) => segmentsOf(history, range));
  return {
    target: toTargetNow(status, { now, mute: muting.ofStatus(status) }),
    span,
    lanes: lanesOf(segments, range),
    compliance: complianceOf(
      segments,
      histories.flatMap((history) => history.incidents),
    ),
    incidents: incidents
      .slice(0, INCIDENTS)
      .map((incident) => toIncidentView(incident, { now, mute: muteOf(incident) })),
    incidentCount: incidents.length,
    recurrences: recurrencesOf(incidents).slice(0, RECURRENCES),
    files: fileDrifts(histories, range).slice(0, FILES),
    reports: reports.reports.map(toReportLine),
    isLater: cursor !== undefined,
    nextCursor: reports.next && encodeCursor(reports.next),
    publicUrl,
  };
}

function toTargetNow(status: StatusDetails, at: Parameters<typeof toTargetRow>[1]): TargetNow {
  const { staleAt, lastSyncedAt, branch, errorKind } = status;
  return { ...toTargetRow(status, at), staleAt, lastSyncedAt, branch, errorKind };
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

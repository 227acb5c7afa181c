import type { Report } from '../domain/report.ts';
import type { Recorded } from '../store/store.ts';

// What goes from thread to thread with every POST goes as rows: in cloning objects the names cost most.

/** A report on its way to the thread that writes. */
export type PackedReport = ReturnType<typeof packReport>;

export function packReport(report: Report) {
  const { target, finding } = report;
  return [
    target.repo,
    target.server,
    report.checkedAt,
    report.receivedAt,
    finding.syncStatus,
    finding.driftCount,
    finding.files,
    report.staleAfterMs,
    report.expectedIntervalS,
    report.commit,
    report.branch,
    report.tool,
    report.error,
    report.errorKind,
    report.runUrl,
    report.durationMs,
    report.extra,
  ] as const;
}

export function unpackReport([
  repo,
  server,
  checkedAt,
  receivedAt,
  syncStatus,
  driftCount,
  files,
  staleAfterMs,
  expectedIntervalS,
  commit,
  branch,
  tool,
  error,
  errorKind,
  runUrl,
  durationMs,
  extra,
]: PackedReport): Report {
  return {
    target: { repo, server },
    checkedAt,
    receivedAt,
    finding: { syncStatus, driftCount, files },
    staleAfterMs,
    expectedIntervalS,
    commit,
    branch,
    tool,
    error,
    errorKind,
    runUrl,
    durationMs,
    extra,
  };
}

/** What recording a report came to, on its way back. */
export type PackedRecorded = ReturnType<typeof packRecorded>;

export function packRecorded({ recorded, change, since, staleAt, incident }: Recorded) {
  return [recorded, change, since, staleAt, incident] as const;
}

export function unpackRecorded([recorded, change, since, staleAt, incident]: PackedRecorded): Recorded {
  return { recorded, change, since, staleAt, incident };
}

import { sql } from 'drizzle-orm';
import type { Finding } from '../../domain/finding.ts';
import type { Incident } from '../../domain/incident.ts';
import type { Period } from '../../domain/period.ts';
import type { Report } from '../../domain/report.ts';
import type { Target } from '../../domain/target.ts';
import { periodEnd } from './period-end.ts';
import { findings, type incidents, periods, reports, sources, targets } from './schema.ts';

// How rows become domain values and back: NULL and undefined meet here and nowhere else.

export const periodColumns = {
  startedAt: periods.startedAt,
  receivedAt: periods.receivedAt,
  lastCheckAt: periods.lastCheckAt,
  staleAt: periods.staleAt,
  commit: periods.commit,
  runUrl: periods.runUrl,
  reports: periods.reports,
  opensState: periods.opensState,
  findingId: periods.findingId,
  syncStatus: periods.syncStatus,
};

const end = periodEnd('period');

/** How many reports of a period its row does not know of. */
export const unwrittenReports = sql<number>`${sql.raw(end.unwritten)}`;

/** Where a period ends, whatever its row knows: in place of the columns of the same names. */
export const periodEndColumns = {
  lastCheckAt: sql<number>`${sql.raw(end.lastCheck)}`,
  staleAt: sql<number>`${sql.raw(end.staleAt)}`,
  reports: sql<number>`${periods.reports} + ${unwrittenReports}`,
};

export const findingColumns = { driftCount: findings.driftCount, files: findings.files };

export const reportColumns = {
  targetId: reports.targetId,
  repo: targets.repo,
  server: targets.server,
  checkedAt: reports.checkedAt,
  receivedLagMs: reports.receivedLagMs,
  durationMs: reports.durationMs,
  runUrl: reports.runUrl,
  syncStatus: findings.syncStatus,
  ...findingColumns,
  staleAfterMs: sources.staleAfterMs,
  expectedIntervalS: sources.expectedIntervalS,
  commit: sources.commit,
  branch: sources.branch,
  tool: sources.tool,
  error: sources.error,
  errorKind: sources.errorKind,
  extra: sources.extra,
};

type PeriodRow = Omit<typeof periods.$inferSelect, 'targetId'>;
type FindingRow = Pick<typeof findings.$inferSelect, 'driftCount' | 'files'>;
type ReportRow = Omit<typeof reports.$inferSelect, 'findingId' | 'sourceId'> &
  Omit<typeof sources.$inferSelect, 'id' | 'digest' | 'lastUsedAt'> &
  FindingRow &
  Pick<Finding, 'syncStatus'> &
  Target;

export type PeriodRef = Period<Pick<Finding, 'id' | 'syncStatus'>>;

export function toPeriodRef(row: PeriodRow): PeriodRef {
  const { findingId, syncStatus, commit, runUrl, ...period } = row;
  return {
    ...period,
    finding: { id: findingId, syncStatus },
    commit: commit ?? undefined,
    runUrl: runUrl ?? undefined,
  };
}

export function toPeriod(row: PeriodRow & FindingRow): Period {
  const { driftCount, files, ...period } = row;
  const ref = toPeriodRef(period);
  return { ...ref, finding: { ...ref.finding, driftCount, files } };
}

/** Every column, as the prepared insert wants it. */
export function fromPeriod(targetId: number, period: PeriodRef): typeof periods.$inferSelect {
  const { finding, commit, runUrl, ...columns } = period;
  const { id: findingId, syncStatus } = finding;
  return { ...columns, targetId, findingId, syncStatus, commit: commit ?? null, runUrl: runUrl ?? null };
}

export function toIncident(row: Omit<typeof incidents.$inferSelect, 'id' | 'targetId'>): Incident {
  return {
    ...row,
    resolvedAt: row.resolvedAt ?? undefined,
    cause: row.cause ?? undefined,
    openedCommit: row.openedCommit ?? undefined,
    resolvedCommit: row.resolvedCommit ?? undefined,
    openedRunUrl: row.openedRunUrl ?? undefined,
    resolvedRunUrl: row.resolvedRunUrl ?? undefined,
  };
}

export function toReport(row: ReportRow): Report {
  return {
    target: { repo: row.repo, server: row.server },
    checkedAt: row.checkedAt,
    receivedAt: row.checkedAt + row.receivedLagMs,
    finding: { syncStatus: row.syncStatus, driftCount: row.driftCount, files: row.files },
    staleAfterMs: row.staleAfterMs,
    expectedIntervalS: row.expectedIntervalS ?? undefined,
    commit: row.commit ?? undefined,
    branch: row.branch ?? undefined,
    tool: row.tool ?? undefined,
    error: row.error ?? undefined,
    errorKind: row.errorKind ?? undefined,
    runUrl: row.runUrl ?? undefined,
    durationMs: row.durationMs ?? undefined,
    extra: row.extra,
  };
}

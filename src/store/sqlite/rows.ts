import type { FindingRef } from '../../domain/finding.ts';
import type { StoredIncident } from '../../domain/incident.ts';
import { urlWithoutPassword } from '../../domain/password.ts';
import type { Period } from '../../domain/period.ts';
import type { Report } from '../../domain/report.ts';
import type { Target } from '../../domain/target.ts';
import { parsed, toFinding } from '../row-values.ts';
import { toTarget } from './named-target.ts';
import { columnsWithout, type RawRow, selectList } from './raw-rows.ts';
import { findings, incidents, periods, reports, sources } from './schema.ts';

// Conversion between rows and domain values. Only here null becomes undefined, and JSON is parsed.

/** Every column, to be selected from `period` and from `incident`. */
export const PERIOD_COLUMNS = selectList(periods, 'period');
export const INCIDENT_COLUMNS = selectList(incidents, 'incident');

/** The columns of a source that are fields of a report. */
export const SOURCE = columnsWithout(sources, ['id', 'digest', 'lastUsedAt']);

/** All columns of a report: from `report r`, `target t`, `finding f` and `source c`. */
export const REPORT_COLUMNS = [
  't.id AS targetId, t.repo, t.server',
  selectList(reports, 'r', ['checkedAt', 'receivedLagMs', 'lastCheckLeadMs', 'durationMs', 'runUrl']),
  selectList(findings, 'f', ['syncStatus', 'driftCount', 'files']),
  selectList(sources, 'c', SOURCE.names),
].join(', ');

export type PeriodRow = Omit<RawRow<typeof periods>, 'targetId'>;
export type IncidentRow = Omit<RawRow<typeof incidents>, 'targetId'>;
export type FindingRow = Pick<RawRow<typeof findings>, 'syncStatus' | 'driftCount' | 'files'>;
type SourceRow = Parameters<typeof SOURCE.toValues>[0];
export type ReportRow = Omit<RawRow<typeof reports>, 'findingId' | 'sourceId'> &
  SourceRow &
  FindingRow &
  Target;

/** An address as it is shown: earlier versions accepted one with a password. */
export function toRunUrl(stored: string | null): string | undefined {
  return stored === null ? undefined : urlWithoutPassword(stored);
}

export function toPeriodRef(row: PeriodRow): Period<FindingRef> {
  return toPeriod(row, { id: row.findingId, syncStatus: row.syncStatus });
}

/** A period with its finding, which may be only a reference. */
export function toPeriod<F extends FindingRef>(
  row: Omit<PeriodRow, 'findingId' | 'syncStatus'>,
  finding: F,
): Period<F> {
  return {
    startedAt: row.startedAt,
    receivedAt: row.receivedAt,
    lastCheckedAt: row.lastCheckedAt,
    lastReceivedAt: row.lastReceivedAt,
    staleAt: row.staleAt,
    finding,
    commit: row.commit ?? undefined,
    runUrl: toRunUrl(row.runUrl),
    startsState: row.startsState === 1,
  };
}

export function fromPeriod(targetId: number, period: Period<FindingRef>): RawRow<typeof periods> {
  return {
    targetId,
    startedAt: period.startedAt,
    receivedAt: period.receivedAt,
    findingId: period.finding.id,
    syncStatus: period.finding.syncStatus,
    startsState: Number(period.startsState),
    lastCheckedAt: period.lastCheckedAt,
    lastReceivedAt: period.lastReceivedAt,
    staleAt: period.staleAt,
    commit: period.commit ?? null,
    runUrl: period.runUrl ?? null,
  };
}

export function toIncident(row: IncidentRow): StoredIncident {
  return {
    id: row.id,
    openedAt: row.openedAt,
    receivedAt: row.receivedAt,
    resolvedAt: row.resolvedAt ?? undefined,
    cause: row.cause ?? undefined,
    maxDriftCount: row.maxDriftCount ?? undefined,
    files: { names: parsed<readonly string[]>(row.files), isCut: row.filesCut === 1 },
    unnamed: row.unnamed === 1,
    openedCommit: row.openedCommit ?? undefined,
    resolvedCommit: row.resolvedCommit ?? undefined,
    openedRunUrl: toRunUrl(row.openedRunUrl),
    resolvedRunUrl: toRunUrl(row.resolvedRunUrl),
    deployed: toDeployed(row),
  };
}

function toDeployed({ deployedAt, deployedCommit }: IncidentRow): StoredIncident['deployed'] {
  if (deployedAt === null || deployedCommit === null) return undefined;
  return { at: deployedAt, commit: deployedCommit };
}

export function fromIncident(targetId: number, incident: StoredIncident): RawRow<typeof incidents> {
  return {
    id: incident.id,
    targetId,
    openedAt: incident.openedAt,
    receivedAt: incident.receivedAt,
    resolvedAt: incident.resolvedAt ?? null,
    cause: incident.cause ?? null,
    maxDriftCount: incident.maxDriftCount ?? null,
    files: JSON.stringify(incident.files.names),
    filesCut: Number(incident.files.isCut),
    unnamed: Number(incident.unnamed),
    openedCommit: incident.openedCommit ?? null,
    resolvedCommit: incident.resolvedCommit ?? null,
    openedRunUrl: incident.openedRunUrl ?? null,
    resolvedRunUrl: incident.resolvedRunUrl ?? null,
    deployedAt: incident.deployed?.at ?? null,
    deployedCommit: incident.deployed?.commit ?? null,
  };
}

export function toReport(row: ReportRow): Report {
  return {
    ...SOURCE.toValues(row),
    target: toTarget(row),
    lastCheckAt: row.checkedAt + row.lastCheckLeadMs,
    checkedAt: row.checkedAt,
    receivedAt: row.checkedAt + row.receivedLagMs,
    finding: toFinding(row),
    runUrl: toRunUrl(row.runUrl),
    durationMs: row.durationMs ?? undefined,
  };
}

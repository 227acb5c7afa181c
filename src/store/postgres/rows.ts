import type { FindingRef } from '../../domain/finding.ts';
import type { StoredIncident } from '../../domain/incident.ts';
import type { Period } from '../../domain/period.ts';
import { parsed } from '../row-values.ts';
import { type findings, incidents, periods } from './schema.ts';
import { selectList } from './table-columns.ts';

// Conversion between rows and domain values. Only here null becomes undefined, and JSON is parsed.

/** Every column, to be selected from `period` and from `incident`. */
export const PERIOD_COLUMNS = selectList(periods, 'period');
export const INCIDENT_COLUMNS = selectList(incidents, 'incident');

export type PeriodRow = Omit<typeof periods.$inferSelect, 'targetId'>;
export type IncidentRow = Omit<typeof incidents.$inferSelect, 'targetId'>;
export type FindingRow = Pick<typeof findings.$inferSelect, 'syncStatus' | 'driftCount' | 'files'>;

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
    runUrl: row.runUrl ?? undefined,
    startsState: row.startsState,
  };
}

export function fromPeriod(targetId: number, period: Period<FindingRef>): typeof periods.$inferInsert {
  return {
    targetId,
    startedAt: period.startedAt,
    receivedAt: period.receivedAt,
    findingId: period.finding.id,
    syncStatus: period.finding.syncStatus,
    startsState: period.startsState,
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
    files: { names: parsed<readonly string[]>(row.files), isCut: row.filesCut },
    unnamed: row.unnamed,
    openedCommit: row.openedCommit ?? undefined,
    resolvedCommit: row.resolvedCommit ?? undefined,
    openedRunUrl: row.openedRunUrl ?? undefined,
    resolvedRunUrl: row.resolvedRunUrl ?? undefined,
    deployed: toDeployed(row),
  };
}

function toDeployed({ deployedAt, deployedCommit }: IncidentRow): StoredIncident['deployed'] {
  if (deployedAt === null || deployedCommit === null) return undefined;
  return { at: deployedAt, commit: deployedCommit };
}

export function fromIncident(targetId: number, incident: StoredIncident): typeof incidents.$inferInsert {
  return {
    id: incident.id,
    targetId,
    openedAt: incident.openedAt,
    receivedAt: incident.receivedAt,
    resolvedAt: incident.resolvedAt ?? null,
    cause: incident.cause ?? null,
    maxDriftCount: incident.maxDriftCount ?? null,
    files: JSON.stringify(incident.files.names),
    filesCut: incident.files.isCut,
    unnamed: incident.unnamed,
    openedCommit: incident.openedCommit ?? null,
    resolvedCommit: incident.resolvedCommit ?? null,
    openedRunUrl: incident.openedRunUrl ?? null,
    resolvedRunUrl: incident.resolvedRunUrl ?? null,
    deployedAt: incident.deployed?.at ?? null,
    deployedCommit: incident.deployed?.commit ?? null,
  };
}

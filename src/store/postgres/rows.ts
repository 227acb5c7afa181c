import type { DriftedFile, FindingContent, FindingRef, Json, SyncStatus } from '../../domain/finding.ts';
import { SYNC_STATUSES } from '../../domain/finding.ts';
import type { OpenIncident, StoredIncident } from '../../domain/incident.ts';
import type { Period } from '../../domain/period.ts';
import { STATES, type State } from '../../domain/state.ts';
import type { Labels } from '../../domain/target.ts';
import { type findings, incidents, periods, type targetStatuses } from './schema.ts';
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

export type OpenIncidentRow = Pick<
  typeof targetStatuses.$inferSelect,
  'incidentId' | 'incidentOpenedAt' | 'incidentCause'
>;

/** The open incident from its columns in `target_status` and `event`. */
export function toOpenIncident(row: OpenIncidentRow): OpenIncident | undefined {
  const { incidentId: id, incidentOpenedAt: openedAt, incidentCause: cause } = row;
  if (id === null || openedAt === null) return undefined;
  return { id, openedAt, cause: cause ?? undefined };
}

export function fromOpenIncident(incident: OpenIncident | undefined): OpenIncidentRow {
  return {
    incidentId: incident?.id ?? null,
    incidentOpenedAt: incident?.openedAt ?? null,
    incidentCause: incident?.cause ?? null,
  };
}

type TotalsRow = Pick<
  typeof targetStatuses.$inferSelect,
  'syncedReports' | 'outOfSyncReports' | 'unknownReports'
>;

/** How many reports were recorded, by sync status. */
export function toTotals(row: TotalsRow): Readonly<Record<SyncStatus, number>> {
  return { SYNCED: row.syncedReports, OUT_OF_SYNC: row.outOfSyncReports, UNKNOWN: row.unknownReports };
}

export function toFinding(row: FindingRow): FindingContent {
  const { syncStatus, driftCount, files } = row;
  return { syncStatus, driftCount: driftCount ?? undefined, files: parsed<readonly DriftedFile[]>(files) };
}

export function toLabels(text: string): Labels {
  return text === '{}' ? NO_LABELS : parsed<Labels>(text);
}

const NO_LABELS: Labels = {};

export function toJsonObject(text: string): { readonly [key: string]: Json } {
  return parsed<{ readonly [key: string]: Json }>(text);
}

/** The index in `SYNC_STATUSES`, as it is stored in `target_status`. */
export function fromSyncStatus(syncStatus: SyncStatus): number {
  return SYNC_STATUSES.indexOf(syncStatus);
}

export function toSyncStatus(place: number): SyncStatus {
  const syncStatus = SYNC_STATUSES[place];
  if (syncStatus === undefined) throw new Error(`There is no sync status ${place}.`);
  return syncStatus;
}

/** The index in `STATES`, as it is stored in `target_status`. */
export function fromState(state: State | undefined): number | null {
  return state === undefined ? null : STATES.indexOf(state);
}

export function toState(place: number | null): State | undefined {
  return place === null ? undefined : STATES[place];
}

/** Parses JSON that this program wrote into a column of that type. */
function parsed<T extends Json>(text: string): T {
  return JSON.parse(text) as T;
}

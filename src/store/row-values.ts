import {
  type DriftedFile,
  type FindingContent,
  type Json,
  SYNC_STATUSES,
  type SyncStatus,
} from '../domain/finding.ts';
import type { OpenIncident } from '../domain/incident.ts';
import { STATES, type State } from '../domain/state.ts';
import type { Labels } from '../domain/target.ts';

// What both databases store in the same way: null for undefined, JSON as text, states as their index.

interface OpenIncidentRow {
  readonly incidentId: number | null;
  readonly incidentOpenedAt: number | null;
  readonly incidentCause: NonNullable<OpenIncident['cause']> | null;
}

interface TotalsRow {
  readonly syncedReports: number;
  readonly outOfSyncReports: number;
  readonly unknownReports: number;
}

interface FindingRow {
  readonly syncStatus: SyncStatus;
  readonly driftCount: number | null;
  readonly files: string;
}

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

/** How many reports were recorded, by sync status. */
export function toTotals(row: TotalsRow): Readonly<Record<SyncStatus, number>> {
  return { SYNCED: row.syncedReports, OUT_OF_SYNC: row.outOfSyncReports, UNKNOWN: row.unknownReports };
}

export function toFinding(row: FindingRow): FindingContent {
  const { syncStatus, driftCount, files } = row;
  return { syncStatus, driftCount: driftCount ?? undefined, files: parsed<readonly DriftedFile[]>(files) };
}

const NO_LABELS: Labels = {};

export function toLabels(text: string): Labels {
  return text === '{}' ? NO_LABELS : parsed<Labels>(text);
}

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
export function parsed<T extends Json>(text: string): T {
  return JSON.parse(text) as T;
}

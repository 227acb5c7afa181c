import type { ExistingTarget, RecordedStatus } from '../../domain/record/facts.ts';
import {
  fromOpenIncident,
  fromState,
  fromSyncStatus,
  toLabels,
  toOpenIncident,
  toState,
  toSyncStatus,
  toTotals,
} from '../row-values.ts';
import type { PackHead } from './packing.ts';
import { sources, targetStatuses, targets } from './schema.ts';
import { columnNames, selectList } from './table-columns.ts';

/** A target as it is stored. */
export interface StoredTarget extends ExistingTarget {
  readonly id: number;
  /** Of its newest reports; undefined if none is stored any more, or it never reported. */
  readonly tail: PackHead | undefined;
}

/** They are only appended to, and read in the database, so they are not loaded. */
const CONTENTS = ['tailChecked', 'tailReceived', 'tailLastChecks', 'tailDurations', 'tailRunUrls'] as const;

/** `target_status` of a target that has reported: columns that are null until then are set. */
type ReportedColumns =
  | 'checkedAt'
  | 'receivedAt'
  | 'lastCheckAt'
  | 'staleAt'
  | 'findingId'
  | 'sourceId'
  | 'syncStatus'
  | 'startedAt'
  | 'startReceivedAt'
  | 'startsState'
  | 'since'
  | 'sinceReceivedAt'
  | 'newestReceivedAt'
  | 'newestLastCheckAt';
type AnyStatus = Omit<typeof targetStatuses.$inferSelect, (typeof CONTENTS)[number]>;
export type ReportedStatusRow = Omit<AnyStatus, ReportedColumns> & {
  readonly [K in ReportedColumns]: NonNullable<AnyStatus[K]>;
};

type Nullable<T> = { readonly [K in keyof T]: T[K] | null };

type StatusRow = Omit<ReportedStatusRow, 'targetId'> &
  Pick<typeof sources.$inferSelect, 'commit' | 'check' | 'pushed'> & {
    readonly tailCount: number | null;
    readonly tailRunUrlBytes: number | null;
  };

/** A row of `STORED_TARGET`. */
export type TargetRow = typeof targets.$inferSelect & (StatusRow | Nullable<StatusRow>);

/** `target_status` is joined only if there is something in it. */
export const WITH_STATUS = 'LEFT JOIN target_status s ON s.target_id = t.id AND s.checked_at IS NOT NULL';

/** Targets `t` with their status: each by the keys of `target_status` and `source`. */
export const STORED_TARGET = `
  SELECT ${selectList(targetStatuses, 's', columnNames(targetStatuses, CONTENTS))},
    cardinality(s.tail_checked) AS "tailCount", octet_length(s.tail_run_urls) AS "tailRunUrlBytes", ${selectList(sources, 'c', ['commit', 'check', 'pushed'])},
    ${selectList(targets, 't')}
  FROM target t ${WITH_STATUS} LEFT JOIN source c ON c.id = s.source_id`;

export function toStoredTarget(row: TargetRow): StoredTarget {
  return {
    id: row.id,
    labels: toLabels(row.labels),
    labelsAt: row.labelsAt ?? undefined,
    declaredAt: row.declaredAt ?? undefined,
    deletedAt: row.deletedAt ?? undefined,
    lastDeletedAt: row.lastDeletedAt ?? undefined,
    status: isReported(row) ? toStatus(row) : undefined,
    tail: isReported(row) ? toTail(row) : undefined,
  };
}

/**
 * Whether anything was ever stored of a target. Until then its row is only there to be locked: for everything else the
 * target does not exist.
 */
export function isKnown({ status, declaredAt, lastDeletedAt, labelsAt }: StoredTarget): boolean {
  return (
    status !== undefined || declaredAt !== undefined || lastDeletedAt !== undefined || labelsAt !== undefined
  );
}

type ReportedRow = typeof targets.$inferSelect & StatusRow;

function isReported(row: TargetRow): row is ReportedRow {
  return row.checkedAt !== null;
}

function toStatus(row: ReportedRow): RecordedStatus {
  return {
    target: { repo: row.repo ?? '', server: row.server ?? '' },
    checkedAt: row.checkedAt,
    receivedAt: row.receivedAt,
    lastCheckAt: row.lastCheckAt,
    staleAt: row.staleAt,
    finding: { id: row.findingId, syncStatus: toSyncStatus(row.syncStatus) },
    commit: row.commit ?? undefined,
    since: row.since,
    sinceReceivedAt: row.sinceReceivedAt,
    lastSyncedAt: row.lastSyncedAt ?? undefined,
    incident: toOpenIncident(row),
    check: row.check ?? undefined,
    pushed: row.pushed,
    startedAt: row.startedAt,
    startReceivedAt: row.startReceivedAt,
    startsState: row.startsState,
    periodRunUrl: row.periodRunUrl ?? undefined,
    newestReceivedAt: row.newestReceivedAt,
    newestLastCheckAt: row.newestLastCheckAt,
    lastSyncedCommit: row.lastSyncedCommit ?? undefined,
    announcedState: toState(row.announcedState),
    announcedCommit: row.announcedCommit ?? undefined,
    sourceId: row.sourceId,
    reports: toTotals(row),
  };
}

function toTail(row: ReportedRow): PackHead | undefined {
  const { tailFirstAt, tailFirstReceivedAt, tailCount } = row;
  if (tailFirstAt === null || tailFirstReceivedAt === null || tailCount === null) return undefined;
  return {
    findingId: row.findingId,
    sourceId: row.sourceId,
    firstAt: tailFirstAt,
    firstReceivedAt: tailFirstReceivedAt,
    firstLastCheckAt: row.tailFirstLastCheckAt ?? undefined,
    firstDurationMs: row.tailFirstDurationMs ?? undefined,
    count: tailCount,
    lastAt: row.checkedAt,
    lastRunUrl: row.runUrl ?? undefined,
    runUrlBytes: row.tailRunUrlBytes ?? undefined,
  };
}

export function fromStatus(targetId: number, status: RecordedStatus): typeof targetStatuses.$inferInsert {
  const { finding, reports } = status;
  return {
    targetId,
    checkedAt: status.checkedAt,
    receivedAt: status.receivedAt,
    lastCheckAt: status.lastCheckAt,
    staleAt: status.staleAt,
    findingId: finding.id,
    sourceId: status.sourceId,
    syncStatus: fromSyncStatus(finding.syncStatus),
    startedAt: status.startedAt,
    startReceivedAt: status.startReceivedAt,
    startsState: status.startsState,
    since: status.since,
    sinceReceivedAt: status.sinceReceivedAt,
    lastSyncedAt: status.lastSyncedAt ?? null,
    newestReceivedAt: status.newestReceivedAt,
    newestLastCheckAt: status.newestLastCheckAt,
    syncedReports: reports.SYNCED,
    outOfSyncReports: reports.OUT_OF_SYNC,
    unknownReports: reports.UNKNOWN,
    announcedState: fromState(status.announcedState),
    announcedCommit: status.announcedCommit ?? null,
    lastSyncedCommit: status.lastSyncedCommit ?? null,
    periodRunUrl: status.periodRunUrl ?? null,
    ...fromOpenIncident(status.incident),
  };
}

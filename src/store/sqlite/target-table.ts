import type Sqlite from 'better-sqlite3';
import type { ExistingTarget, RecordedStatus } from '../../domain/record/facts.ts';
import { MAX_AHEAD_MS } from '../../domain/report.ts';
import { STATES } from '../../domain/state.ts';
import type { Target } from '../../domain/target.ts';
import { storedNames } from './named-target.ts';
import { insertList, type RawRow, selectList } from './raw-rows.ts';
import {
  fromOpenIncident,
  fromState,
  fromSyncStatus,
  toLabels,
  toOpenIncident,
  toState,
  toSyncStatus,
} from './rows.ts';
import { sources, targetStatuses, targets } from './schema.ts';
import { wideRows } from './wide-rows.ts';

/** A target as it is stored. */
export interface StoredTarget extends ExistingTarget {
  readonly id: number;
}

type StatusRow = Omit<RawRow<typeof targetStatuses>, 'targetId'> &
  Pick<RawRow<typeof sources>, 'commit' | 'check' | 'pushed'>;

type Nullable<T> = { readonly [K in keyof T]: T[K] | null };

type Row = RawRow<typeof targets> & Nullable<StatusRow>;

const TARGET_AND_STATUS = `
  SELECT ${selectList(targetStatuses, 's')}, ${selectList(sources, 'c', ['commit', 'check', 'pushed'])},
    ${selectList(targets, 't')}
  FROM target t
  LEFT JOIN target_status s ON s.target_id = t.id
  LEFT JOIN source c ON c.id = s.source_id`;

/** Three seeks: in `target_name`, and in the keys of `target_status` and `source`. */
const BY_NAME = `${TARGET_AND_STATUS} WHERE t.repo = ? AND t.server = ?`;
const BY_ID = `${TARGET_AND_STATUS} WHERE t.id = ?`;

/** Loads a target by its name, with its status; undefined where there is none. */
export function loadTarget(client: Sqlite.Database): (target: Target) => StoredTarget | undefined {
  const byName = wideRows(client.prepare<[string, string], Row>(BY_NAME));
  const names = storedNames(client);
  return (asked) => {
    const { repo, server } = names.target(asked);
    const row = byName.get(repo, server);
    return row && toStoredTarget(row);
  };
}

export function loadTargetById(client: Sqlite.Database): (id: number) => StoredTarget | undefined {
  const byId = wideRows(client.prepare<[number], Row>(BY_ID));
  return (id) => {
    const row = byId.get(id);
    return row && toStoredTarget(row);
  };
}

/** Writes the status of a target, by its key. */
export function statusWrite(client: Sqlite.Database): (targetId: number, status: RecordedStatus) => void {
  const write = client.prepare<[RawRow<typeof targetStatuses>]>(
    `INSERT OR REPLACE INTO target_status ${insertList(targetStatuses)}`,
  );
  return (targetId, status) => {
    write.run(fromStatus(targetId, status));
  };
}

function fromStatus(targetId: number, status: RecordedStatus): RawRow<typeof targetStatuses> {
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
    startsState: Number(status.startsState),
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

function toStoredTarget(row: Row): StoredTarget {
  return {
    id: row.id,
    labels: toLabels(row.labels),
    labelsAt: row.labelsAt ?? undefined,
    declaredAt: row.declaredAt ?? undefined,
    deletedAt: row.deletedAt ?? undefined,
    lastDeletedAt: row.lastDeletedAt ?? undefined,
    status: hasStatus(row) ? toStatus({ repo: row.repo ?? '', server: row.server ?? '' }, row) : undefined,
  };
}

/** The key of `target_status` and of `source` is not null where there is a row. */
function hasStatus(row: Nullable<StatusRow>): row is StatusRow {
  return row.checkedAt !== null;
}

function toStatus(target: Target, row: StatusRow): RecordedStatus {
  return {
    target,
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
    pushed: row.pushed === 1,
    startedAt: row.startedAt,
    startReceivedAt: row.startReceivedAt,
    startsState: row.startsState === 1,
    periodRunUrl: row.periodRunUrl ?? undefined,
    newestReceivedAt: row.newestReceivedAt,
    newestLastCheckAt: row.newestLastCheckAt,
    lastSyncedCommit: row.lastSyncedCommit ?? undefined,
    announcedState: toState(row.announcedState),
    announcedCommit: row.announcedCommit ?? undefined,
    sourceId: row.sourceId,
    reports: {
      SYNCED: row.syncedReports,
      OUT_OF_SYNC: row.outOfSyncReports,
      UNKNOWN: row.unknownReports,
    },
  };
}

/** `stateAt` in SQL, over every row: an index would have to be written by every report. */
const DUE = `
  SELECT target_id FROM target_status
  WHERE announced_state IS NOT NULL AND announced_state <> CASE
    WHEN stale_at <= :now OR checked_at > :now + ${MAX_AHEAD_MS} THEN ${STATES.indexOf('STALE')}
    ELSE sync_status END
  LIMIT :limit`;

/** The ids of the targets whose state has changed since their last event. */
export function dueTargets(client: Sqlite.Database): (now: number, limit: number) => number[] {
  const due = client.prepare<[{ now: number; limit: number }], number>(DUE).pluck();
  return (now, limit) => due.all({ now, limit });
}

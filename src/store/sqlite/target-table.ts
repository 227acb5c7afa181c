import type Sqlite from 'better-sqlite3';
import type { ExistingTarget, RecordedStatus } from '../../domain/record/facts.ts';
import { MAX_AHEAD_MS } from '../../domain/report.ts';
import { STATES } from '../../domain/state.ts';
import type { Target } from '../../domain/target.ts';
import {
  fromOpenIncident,
  fromState,
  fromSyncStatus,
  toLabels,
  toOpenIncident,
  toState,
  toSyncStatus,
} from '../row-values.ts';
import { storedNames } from './named-target.ts';
import { type RawRow, rowWriter, selectList } from './raw-rows.ts';
import { sources, targetStatuses, targets } from './schema.ts';
import { positionsIn, valueAt } from './wide-rows.ts';

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

/** Loads a target by its name, with its status; undefined if there is none. */
export function loadTarget(client: Sqlite.Database): (target: Target) => StoredTarget | undefined {
  const byName = client.prepare<[string, string], unknown[]>(BY_NAME).raw();
  const at = positionsIn<Row>(byName);
  const names = storedNames(client);
  return (asked) => {
    const { repo, server } = names.target(asked);
    const row = byName.get(repo, server);
    return row && toStoredTarget(row, at);
  };
}

export function loadTargetById(client: Sqlite.Database): (id: number) => StoredTarget | undefined {
  const byId = client.prepare<[number], unknown[]>(BY_ID).raw();
  const at = positionsIn<Row>(byId);
  return (id) => {
    const row = byId.get(id);
    return row && toStoredTarget(row, at);
  };
}

/** Writes the status of a target, by its key. */
export function statusWrite(client: Sqlite.Database): (targetId: number, status: RecordedStatus) => void {
  const write = rowWriter(client, targetStatuses, (list) => `INSERT OR REPLACE INTO target_status ${list}`);
  return (targetId, status) => write(fromStatus(targetId, status));
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

/** Every report reads one such row, as an array: an object of all its columns would take twice as long. */
type Positions = ReturnType<typeof positionsIn<Row>>;

function toStoredTarget(row: readonly unknown[], at: Positions): StoredTarget {
  return {
    id: valueAt(row, at.id),
    labels: toLabels(valueAt(row, at.labels)),
    labelsAt: valueAt(row, at.labelsAt) ?? undefined,
    declaredAt: valueAt(row, at.declaredAt) ?? undefined,
    deletedAt: valueAt(row, at.deletedAt) ?? undefined,
    lastDeletedAt: valueAt(row, at.lastDeletedAt) ?? undefined,
    status: hasStatus(at, row) ? toStatus(row, at) : undefined,
  };
}

/** The key of `target_status` and of `source` is not null if there is a row. */
function hasStatus(at: Positions | StatusPositions, row: readonly unknown[]): at is StatusPositions {
  return valueAt(row, at.checkedAt) !== null;
}

/** For a row with a status. */
type StatusPositions = ReturnType<typeof positionsIn<RawRow<typeof targets> & StatusRow>>;

function toStatus(row: readonly unknown[], at: StatusPositions): RecordedStatus {
  return {
    target: { repo: valueAt(row, at.repo) ?? '', server: valueAt(row, at.server) ?? '' },
    checkedAt: valueAt(row, at.checkedAt),
    receivedAt: valueAt(row, at.receivedAt),
    lastCheckAt: valueAt(row, at.lastCheckAt),
    staleAt: valueAt(row, at.staleAt),
    finding: { id: valueAt(row, at.findingId), syncStatus: toSyncStatus(valueAt(row, at.syncStatus)) },
    commit: valueAt(row, at.commit) ?? undefined,
    since: valueAt(row, at.since),
    sinceReceivedAt: valueAt(row, at.sinceReceivedAt),
    lastSyncedAt: valueAt(row, at.lastSyncedAt) ?? undefined,
    incident: toOpenIncident({
      incidentId: valueAt(row, at.incidentId),
      incidentOpenedAt: valueAt(row, at.incidentOpenedAt),
      incidentCause: valueAt(row, at.incidentCause),
    }),
    check: valueAt(row, at.check) ?? undefined,
    pushed: valueAt(row, at.pushed) === 1,
    startedAt: valueAt(row, at.startedAt),
    startReceivedAt: valueAt(row, at.startReceivedAt),
    startsState: valueAt(row, at.startsState) === 1,
    periodRunUrl: valueAt(row, at.periodRunUrl) ?? undefined,
    newestReceivedAt: valueAt(row, at.newestReceivedAt),
    newestLastCheckAt: valueAt(row, at.newestLastCheckAt),
    lastSyncedCommit: valueAt(row, at.lastSyncedCommit) ?? undefined,
    announcedState: toState(valueAt(row, at.announcedState)),
    announcedCommit: valueAt(row, at.announcedCommit) ?? undefined,
    sourceId: valueAt(row, at.sourceId),
    reports: {
      SYNCED: valueAt(row, at.syncedReports),
      OUT_OF_SYNC: valueAt(row, at.outOfSyncReports),
      UNKNOWN: valueAt(row, at.unknownReports),
    },
  };
}

/** `stateAt` in SQL, over every row: every report would have to write an index. */
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

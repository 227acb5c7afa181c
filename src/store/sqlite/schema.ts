import { sql } from 'drizzle-orm';
import {
  blob,
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  unique,
  uniqueIndex,
} from 'drizzle-orm/sqlite-core';
import { ACTION_KINDS } from '../../domain/action.ts';
import { EVENT_KINDS, EVENT_ORIGINS } from '../../domain/event.ts';
import { type DriftedFile, type Json, SYNC_STATUSES } from '../../domain/finding.ts';
import { CAUSES } from '../../domain/incident.ts';
import { STATES } from '../../domain/state.ts';
import type { Labels } from '../../domain/target.ts';
import type { TokenScope } from '../../domain/token.ts';

// Instants are epoch milliseconds. `report` and `period` are WITHOUT ROWID; drizzle-kit cannot express this, so the
// migration does. They are clustered by their key: a target's history is one contiguous range, and a report takes about
// 25 bytes.

export const targets = sqliteTable(
  'target',
  {
    // AUTOINCREMENT: the id of a purged target is never reused.
    id: integer('id').primaryKey({ autoIncrement: true }),
    /** Both are null after a purge, until the rows are removed. */
    repo: text('repo'),
    server: text('server'),
    labels: text('labels', { mode: 'json' }).$type<Labels>().notNull().default({}),
    /** `checked_at` of the report with these labels. */
    labelsAt: integer('labels_at'),
    declaredAt: integer('declared_at'),
    /** Not null while it is deleted. */
    deletedAt: integer('deleted_at'),
    /** It stays set after the target came back. */
    lastDeletedAt: integer('last_deleted_at'),
  },
  (t) => [
    unique('target_name').on(t.repo, t.server),
    // For names that differ from another only in case.
    index('target_spelling').on(sql`lower(${t.repo})`, sql`lower(${t.server})`),
  ],
);

/** Former names of targets. */
export const formerNames = sqliteTable(
  'former_name',
  {
    repo: text('repo').notNull(),
    server: text('server').notNull(),
    targetId: integer('target_id')
      .notNull()
      .references(() => targets.id, { onDelete: 'cascade' }),
    renamedAt: integer('renamed_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.repo, t.server] }), index('former_name_target').on(t.targetId)],
);

export const findings = sqliteTable(
  'finding',
  {
    id: integer('id').primaryKey(),
    digest: blob('digest', { mode: 'buffer' }).notNull(),
    syncStatus: text('sync_status', { enum: SYNC_STATUSES }).notNull(),
    /** Null if the number of files is not known. */
    driftCount: integer('drift_count'),
    files: text('files', { mode: 'json' }).$type<readonly DriftedFile[]>().notNull(),
  },
  (t) => [unique('finding_digest').on(t.digest)],
);

/** The parts of a report that tend to stay the same from run to run, including the error of a failing check. */
export const sources = sqliteTable(
  'source',
  {
    id: integer('id').primaryKey(),
    digest: blob('digest', { mode: 'buffer' }).notNull(),
    staleAfterMs: integer('stale_after_ms').notNull(),
    expectedIntervalS: integer('expected_interval_s'),
    staleAfterS: integer('stale_after_s'),
    check: text('check'),
    pushed: integer('pushed', { mode: 'boolean' }).notNull(),
    /** The labels of the path of a push, in the order of their names: the group that a DELETE names. */
    pushGroup: text('push_group', { mode: 'json' }).$type<Labels>(),
    afterDeploy: integer('after_deploy', { mode: 'boolean' }).notNull(),
    /** Null if the report has no labels. */
    labels: text('labels', { mode: 'json' }).$type<Labels>(),
    commit: text('commit'),
    branch: text('branch'),
    tool: text('tool'),
    error: text('error'),
    errorKind: text('error_kind'),
    extra: text('extra', { mode: 'json' }).$type<{ readonly [key: string]: Json }>().notNull(),
    /** The last use by a report, to the day: `report` has no index that could tell this. */
    lastUsedAt: integer('last_used_at').notNull(),
  },
  (t) => [unique('source_digest').on(t.digest)],
);

export const reports = sqliteTable(
  'report',
  {
    targetId: integer('target_id').notNull(),
    checkedAt: integer('checked_at').notNull(),
    /** `received_at - checked_at`: it takes two or three bytes, the instant itself six. */
    receivedLagMs: integer('received_lag_ms').notNull(),
    // No foreign keys: enforcing them on delete would need an index as large as the table.
    findingId: integer('finding_id').notNull(),
    sourceId: integer('source_id').notNull(),
    /** `last_check - checked_at`: 0, which takes no space, unless the reporter's clock was ahead. */
    lastCheckLeadMs: integer('last_check_lead_ms').notNull(),
    durationMs: integer('duration_ms'),
    runUrl: text('run_url'),
  },
  (t) => [primaryKey({ columns: [t.targetId, t.checkedAt, t.receivedLagMs] })],
);

/** The status of a target: one row, which every report reads and writes, so it has no index except its key. */
export const targetStatuses = sqliteTable('target_status', {
  targetId: integer('target_id').primaryKey(),
  // The newest report, which is also the end of the current period.
  checkedAt: integer('checked_at').notNull(),
  receivedAt: integer('received_at').notNull(),
  lastCheckAt: integer('last_check').notNull(),
  staleAt: integer('stale_at').notNull(),
  findingId: integer('finding_id').notNull(),
  sourceId: integer('source_id').notNull(),
  /** The index of the finding's sync status in `SYNC_STATUSES`. */
  syncStatus: integer('sync_status').notNull(),
  // The beginning of the current period.
  startedAt: integer('started_at').notNull(),
  startReceivedAt: integer('start_received_at').notNull(),
  startsState: integer('starts_state', { mode: 'boolean' }).notNull(),
  since: integer('state_since').notNull(),
  sinceReceivedAt: integer('state_since_received_at').notNull(),
  lastSyncedAt: integer('last_synced_at'),
  // The largest values of all recorded reports.
  newestReceivedAt: integer('newest_received_at').notNull(),
  newestLastCheckAt: integer('newest_last_check').notNull(),
  syncedReports: integer('synced_reports').notNull(),
  outOfSyncReports: integer('out_of_sync_reports').notNull(),
  unknownReports: integer('unknown_reports').notNull(),
  // The open incident.
  incidentId: integer('incident_id'),
  incidentOpenedAt: integer('incident_opened_at'),
  incidentCause: text('incident_cause', { enum: CAUSES }),
  /** The index in `STATES` of the state in the last event; null while the target is deleted. */
  announcedState: integer('announced_state'),
  announcedCommit: text('announced_commit'),
  lastSyncedCommit: text('last_synced_commit'),
  periodRunUrl: text('period_run_url'),
});

/** The ended periods; the current one is in `target_status`. */
export const periods = sqliteTable(
  'period',
  {
    targetId: integer('target_id').notNull(),
    startedAt: integer('started_at').notNull(),
    receivedAt: integer('received_at').notNull(),
    findingId: integer('finding_id').notNull(),
    /** Copied from the finding for `period_synced`. */
    syncStatus: text('sync_status', { enum: SYNC_STATUSES }).notNull(),
    startsState: integer('starts_state', { mode: 'boolean' }).notNull(),
    lastCheckedAt: integer('last_checked_at').notNull(),
    lastReceivedAt: integer('last_received_at').notNull(),
    staleAt: integer('stale_at').notNull(),
    commit: text('commit'),
    runUrl: text('run_url'),
  },
  (t) => [
    primaryKey({ columns: [t.targetId, t.startedAt, t.receivedAt] }),
    index('period_synced').on(t.targetId, t.startedAt).where(sql`sync_status = 'SYNCED'`),
    index('period_starts_state').on(t.targetId, t.startedAt).where(sql`starts_state = 1`),
    index('period_finding').on(t.findingId),
    // For finding where a commit was seen, by its name or the beginning of it.
    index('period_commit').on(t.commit, t.targetId, t.startedAt).where(sql`"commit" is not null`),
  ],
);

export const incidents = sqliteTable(
  'incident',
  {
    // AUTOINCREMENT: an id is never reused, even after a restore.
    id: integer('id').primaryKey({ autoIncrement: true }),
    targetId: integer('target_id').notNull(),
    openedAt: integer('opened_at').notNull(),
    receivedAt: integer('received_at').notNull(),
    resolvedAt: integer('resolved_at'),
    cause: text('cause', { enum: CAUSES }),
    maxDriftCount: integer('max_drift_count'),
    files: text('files', { mode: 'json' }).$type<readonly string[]>().notNull(),
    filesCut: integer('files_cut', { mode: 'boolean' }).notNull(),
    unnamed: integer('unnamed', { mode: 'boolean' }).notNull(),
    openedCommit: text('opened_commit'),
    resolvedCommit: text('resolved_commit'),
    openedRunUrl: text('opened_run_url'),
    resolvedRunUrl: text('resolved_run_url'),
    deployedAt: integer('deployed_at'),
    deployedCommit: text('deployed_commit'),
  },
  (t) => [
    index('incident_opened').on(t.targetId, t.openedAt),
    // The database enforces that at most one incident is open per target.
    uniqueIndex('incident_open').on(t.targetId).where(sql`resolved_at is null`),
    // For the status of many targets: in the row itself the commit comes after the files, and there may be many of
    // them.
    index('incident_deployed')
      .on(t.targetId, t.resolvedAt, t.deployedCommit)
      .where(sql`deployed_commit is not null`),
  ],
);

/**
 * Deleted pushes: each was the newest report of its target then. Once there is a newer report, the row has no effect.
 */
export const deletedPushes = sqliteTable('deleted_push', {
  targetId: integer('target_id')
    .primaryKey()
    .references(() => targets.id, { onDelete: 'cascade' }),
  checkedAt: integer('checked_at').notNull(),
  receivedAt: integer('received_at').notNull(),
});

/** The event log. Events are written in the transaction of what they describe. */
export const events = sqliteTable('event', {
  // AUTOINCREMENT: a seq is never reused, even if the newest ones were pruned.
  seq: integer('seq').primaryKey({ autoIncrement: true }),
  recordedAt: integer('recorded_at').notNull(),
  effectiveAt: integer('effective_at').notNull(),
  kind: text('kind', { enum: EVENT_KINDS }).notNull(),
  origin: text('origin', { enum: EVENT_ORIGINS }).notNull(),
  actor: text('actor'),
  // Copies, because they outlive the target and show its name at that time.
  repo: text('repo'),
  server: text('server'),
  labels: text('labels', { mode: 'json' }).$type<Labels>().notNull(),
  previousState: text('previous_state', { enum: STATES }),
  state: text('state', { enum: STATES }),
  incidentId: integer('incident_id'),
  incidentOpenedAt: integer('incident_opened_at'),
  incidentCause: text('incident_cause', { enum: CAUSES }),
  driftCount: integer('drift_count'),
  commit: text('commit'),
  runUrl: text('run_url'),
  detail: text('detail', { mode: 'json' }).$type<{ readonly [key: string]: Json }>(),
});

/** Who did what, kept longer than events. Actions are written in the transaction of what they did. */
export const actions = sqliteTable(
  'action',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    recordedAt: integer('recorded_at').notNull(),
    /** Null if nobody said who it was. */
    actor: text('actor'),
    verified: integer('verified', { mode: 'boolean' }).notNull(),
    what: text('what', { enum: ACTION_KINDS }).notNull(),
    // Copies, because they outlive the target and show its name at that time.
    repo: text('repo'),
    server: text('server'),
    incidentId: integer('incident_id'),
    detail: text('detail', { mode: 'json' }).$type<{ readonly [key: string]: Json }>(),
  },
  (t) => [index('action_recorded').on(t.recordedAt)],
);

/** Facts about the database itself: its last writer, the horizons of pruning, the last probe. */
export const meta = sqliteTable('meta', {
  key: text('key').primaryKey(),
  value: text('value').notNull(),
});

/** Tokens. Only the SHA-256 of a token is stored. */
export const tokens = sqliteTable(
  'token',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    name: text('name').notNull(),
    sha256: blob('sha256', { mode: 'buffer' }).notNull(),
    scopes: text('scopes', { mode: 'json' }).$type<readonly TokenScope[]>().notNull(),
    /** Patterns of the repos that it may report about; NULL means all. */
    repos: text('repos', { mode: 'json' }).$type<readonly string[]>(),
    createdAt: integer('created_at').notNull(),
    expiresAt: integer('expires_at'),
    revokedAt: integer('revoked_at'),
    lastUsedAt: integer('last_used_at'),
  },
  (t) => [
    unique('token_sha256').on(t.sha256),
    // A name can be reused once its token is revoked.
    uniqueIndex('token_name').on(t.name).where(sql`revoked_at is null`),
  ],
);

import { sql } from 'drizzle-orm';
import { boolean, index, pgTable, primaryKey, smallint, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { ACTION_KINDS } from '../../domain/action.ts';
import { SYNC_STATUSES } from '../../domain/finding.ts';
import { CAUSES } from '../../domain/incident.ts';
import { bytes, identity, integers, large, sortedText } from './columns.ts';

// Instants are epoch milliseconds. JSON is text: jsonb would refuse U+0000 and sort the keys. There are no foreign keys:
// they would lock the rows that every report touches. Wide columns come first, so that nothing is lost to alignment.

export const targets = pgTable(
  'target',
  {
    id: identity('id').primaryKey(),
    /** `checked_at` of the report with these labels. */
    labelsAt: large('labels_at'),
    declaredAt: large('declared_at'),
    /** Not null while it is deleted. */
    deletedAt: large('deleted_at'),
    /** It stays set after the target came back. */
    lastDeletedAt: large('last_deleted_at'),
    /** Both are null after a purge, until the rows are removed. */
    repo: sortedText('repo'),
    server: sortedText('server'),
    labels: text('labels').notNull().default('{}'),
  },
  (t) => [
    uniqueIndex('target_name').on(t.repo, t.server),
    index('target_server').on(t.server),
    // For names that differ from another only in case.
    index('target_spelling').on(sql`lower(${t.repo})`, sql`lower(${t.server})`),
    // What is left of purged targets.
    index('target_purged').on(t.id).where(sql`repo is null`),
  ],
);

/** Former names of targets. */
export const formerNames = pgTable(
  'former_name',
  {
    targetId: large('target_id').notNull(),
    renamedAt: large('renamed_at').notNull(),
    repo: sortedText('repo').notNull(),
    server: sortedText('server').notNull(),
  },
  (t) => [primaryKey({ columns: [t.repo, t.server] }), index('former_name_target').on(t.targetId)],
);

export const findings = pgTable(
  'finding',
  {
    id: identity('id').primaryKey(),
    /** The last use by a report, to the day. */
    lastUsedAt: large('last_used_at').notNull(),
    /** Null if the number of files is not known. */
    driftCount: large('drift_count'),
    digest: bytes('digest').notNull(),
    syncStatus: text('sync_status', { enum: SYNC_STATUSES }).notNull(),
    files: text('files').notNull(),
  },
  (t) => [uniqueIndex('finding_digest').on(t.digest)],
);

/** Everything about a report that tends to stay the same from run to run, a failing check's error included. */
export const sources = pgTable(
  'source',
  {
    id: identity('id').primaryKey(),
    /** The last use by a report, to the day. */
    lastUsedAt: large('last_used_at').notNull(),
    staleAfterMs: large('stale_after_ms').notNull(),
    expectedIntervalS: large('expected_interval_s'),
    staleAfterS: large('stale_after_s'),
    pushed: boolean('pushed').notNull(),
    afterDeploy: boolean('after_deploy').notNull(),
    digest: bytes('digest').notNull(),
    check: text('check'),
    /** The labels of the path of a push, in the order of their names: the group that a DELETE names. */
    pushGroup: text('push_group'),
    /** Null if the report has no labels. */
    labels: text('labels'),
    commit: sortedText('commit'),
    branch: text('branch'),
    tool: text('tool'),
    error: text('error'),
    errorKind: text('error_kind'),
    extra: text('extra').notNull(),
  },
  (t) => [uniqueIndex('source_digest').on(t.digest)],
);

/**
 * Where a target stands, and the lock that serialises what is done to it: every target has a row, in which all is null
 * until it has reported. Every report writes it, so it has no index but its key, and room for its next version.
 */
export const targetStatuses = pgTable('target_status', {
  // What the usual report leaves as it is comes first: its log then begins where the rows differ.
  targetId: large('target_id').primaryKey(),
  // The beginning of the current period.
  startedAt: large('started_at'),
  startReceivedAt: large('start_received_at'),
  since: large('state_since'),
  sinceReceivedAt: large('state_since_received_at'),
  findingId: large('finding_id'),
  // The open incident.
  incidentId: large('incident_id'),
  incidentOpenedAt: large('incident_opened_at'),
  // Of the newest report.
  sourceId: large('source_id'),
  /** The index of the finding's sync status in `SYNC_STATUSES`. */
  syncStatus: smallint('sync_status'),
  /** The index in `STATES` of the state in the last event; null while the target is deleted. */
  announcedState: smallint('announced_state'),
  startsState: boolean('starts_state'),
  incidentCause: text('incident_cause', { enum: CAUSES }),
  announcedCommit: sortedText('announced_commit'),
  lastSyncedCommit: sortedText('last_synced_commit'),
  periodRunUrl: text('period_run_url'),
  // The first report of the tail: see `schema-chunks.ts`.
  tailFirstAt: large('tail_first_at'),
  tailFirstReceivedAt: large('tail_first_received_at'),
  tailFirstLastCheckAt: large('tail_first_last_check'),
  tailFirstDurationMs: large('tail_first_duration_ms'),
  lastSyncedAt: large('last_synced_at'),
  // The newest report, and with it the end of the current period and of the tail.
  checkedAt: large('checked_at'),
  receivedAt: large('received_at'),
  lastCheckAt: large('last_check'),
  staleAt: large('stale_at'),
  // The largest values of all recorded reports.
  newestReceivedAt: large('newest_received_at'),
  newestLastCheckAt: large('newest_last_check'),
  syncedReports: large('synced_reports').notNull().default(0),
  outOfSyncReports: large('out_of_sync_reports').notNull().default(0),
  unknownReports: large('unknown_reports').notNull().default(0),
  durationMs: large('duration_ms'),
  runUrl: text('run_url'),
  // The differences of the reports of the tail.
  tailChecked: integers('tail_checked'),
  tailReceived: integers('tail_received'),
  tailLastChecks: integers('tail_last_checks'),
  tailDurations: integers('tail_durations'),
  tailRunUrls: bytes('tail_run_urls'),
});

/** When the state of a target has to be looked at next: `target_status` has no index that could say it. */
export const staleWatches = pgTable(
  'stale_watch',
  { targetId: large('target_id').primaryKey(), dueAt: large('due_at').notNull() },
  (t) => [index('stale_watch_due').on(t.dueAt)],
);

/** The periods that are over; the current one is in `target_status`. */
export const periods = pgTable(
  'period',
  {
    targetId: large('target_id').notNull(),
    startedAt: large('started_at').notNull(),
    receivedAt: large('received_at').notNull(),
    findingId: large('finding_id').notNull(),
    lastCheckedAt: large('last_checked_at').notNull(),
    lastReceivedAt: large('last_received_at').notNull(),
    staleAt: large('stale_at').notNull(),
    startsState: boolean('starts_state').notNull(),
    /** Copied from the finding for `period_synced`. */
    syncStatus: text('sync_status', { enum: SYNC_STATUSES }).notNull(),
    commit: sortedText('commit'),
    runUrl: text('run_url'),
  },
  (t) => [
    primaryKey({ columns: [t.targetId, t.startedAt, t.receivedAt] }),
    index('period_synced').on(t.targetId, t.startedAt).where(sql`sync_status = 'SYNCED'`),
    index('period_starts_state').on(t.targetId, t.startedAt).where(sql`starts_state`),
    index('period_finding').on(t.findingId),
    // Where a commit was seen, by its name or the beginning of it.
    index('period_commit').on(t.commit, t.targetId, t.startedAt).where(sql`"commit" is not null`),
  ],
);

export const incidents = pgTable(
  'incident',
  {
    /** From `counter`. */
    id: large('id').primaryKey(),
    targetId: large('target_id').notNull(),
    openedAt: large('opened_at').notNull(),
    receivedAt: large('received_at').notNull(),
    resolvedAt: large('resolved_at'),
    maxDriftCount: large('max_drift_count'),
    deployedAt: large('deployed_at'),
    filesCut: boolean('files_cut').notNull(),
    unnamed: boolean('unnamed').notNull(),
    cause: text('cause', { enum: CAUSES }),
    openedCommit: sortedText('opened_commit'),
    resolvedCommit: sortedText('resolved_commit'),
    openedRunUrl: text('opened_run_url'),
    resolvedRunUrl: text('resolved_run_url'),
    deployedCommit: sortedText('deployed_commit'),
    files: text('files').notNull(),
  },
  (t) => [
    index('incident_opened').on(t.targetId, t.openedAt, t.receivedAt),
    // The database enforces that at most one incident is open per target.
    uniqueIndex('incident_open').on(t.targetId).where(sql`resolved_at is null`),
  ],
);

/** Pushes that were deleted: each was the newest report of its target then. */
export const deletedPushes = pgTable('deleted_push', {
  targetId: large('target_id').primaryKey(),
  checkedAt: large('checked_at').notNull(),
  receivedAt: large('received_at').notNull(),
});

/** Who did what, kept longer than events. Actions are written in the transaction of what they did. */
export const actions = pgTable(
  'action',
  {
    id: identity('id').primaryKey(),
    recordedAt: large('recorded_at').notNull(),
    incidentId: large('incident_id'),
    verified: boolean('verified').notNull(),
    /** Null if nobody said who it was. */
    actor: text('actor'),
    what: text('what', { enum: ACTION_KINDS }).notNull(),
    // Copies, because they outlive the target and show its name at that time.
    repo: sortedText('repo'),
    server: sortedText('server'),
    detail: text('detail'),
  },
  (t) => [index('action_recorded').on(t.recordedAt)],
);

/** The last number that was given of each kind: without gaps within one block, and never twice. */
export const counters = pgTable('counter', {
  name: text('name').primaryKey(),
  value: large('value').notNull(),
});

/** Facts about the database itself: its last writer, the horizons of pruning. */
export const meta = pgTable('meta', {
  key: text('key').primaryKey(),
  value: text('value').notNull(),
});

/** One for each open connection that writes: its number grows with every commit. */
export const nodes = pgTable('node', {
  id: identity('id').primaryKey(),
  seq: large('seq').notNull().default(0),
  seenAt: large('seen_at').notNull(),
});

/** What one process at a time does: the number of its term, until when no other may begin one, and what it says. */
export const leases = pgTable('lease', {
  name: text('name').primaryKey(),
  fence: large('fence').notNull(),
  until: large('until').notNull(),
  said: text('said'),
});

/** Tokens. Only the SHA-256 of a token is stored. */
export const tokens = pgTable(
  'token',
  {
    id: identity('id').primaryKey(),
    createdAt: large('created_at').notNull(),
    expiresAt: large('expires_at'),
    revokedAt: large('revoked_at'),
    lastUsedAt: large('last_used_at'),
    name: sortedText('name').notNull(),
    sha256: bytes('sha256').notNull(),
    scopes: text('scopes').notNull(),
    /** Patterns of the repos that it may report about; NULL means all. */
    repos: text('repos'),
  },
  (t) => [
    uniqueIndex('token_sha256').on(t.sha256),
    // A name can be reused once its token is revoked.
    uniqueIndex('token_name').on(t.name).where(sql`revoked_at is null`),
  ],
);

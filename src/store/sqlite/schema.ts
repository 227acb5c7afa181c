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
import { type DriftedFile, type Json, SYNC_STATUSES } from '../../domain/finding.ts';
import type { TokenScope } from '../../domain/token.ts';

// Instants are epoch milliseconds. `report` and `period` are WITHOUT ROWID (drizzle-kit cannot say so; the
// migration does): clustered by their key, a target's history is one contiguous range, and a report is
// about 25 bytes.

export const targets = sqliteTable(
  'target',
  {
    // AUTOINCREMENT: the id of a forgotten target is never given to another.
    id: integer('id').primaryKey({ autoIncrement: true }),
    repo: text('repo').notNull(),
    server: text('server').notNull(),
    // How many reports the periods that retention took had counted: totals never go back.
    prunedSynced: integer('pruned_synced').notNull().default(0),
    prunedOutOfSync: integer('pruned_out_of_sync').notNull().default(0),
    prunedUnknown: integer('pruned_unknown').notNull().default(0),
  },
  (t) => [unique('target_name').on(t.repo, t.server)],
);

export const findings = sqliteTable(
  'finding',
  {
    id: integer('id').primaryKey(),
    digest: blob('digest', { mode: 'buffer' }).notNull(),
    syncStatus: text('sync_status', { enum: SYNC_STATUSES }).notNull(),
    driftCount: integer('drift_count').notNull(),
    files: text('files', { mode: 'json' }).$type<readonly DriftedFile[]>().notNull(),
  },
  (t) => [unique('finding_digest').on(t.digest)],
);

/** Everything about a report that tends to stay the same from run to run, a failing check's error included. */
export const sources = sqliteTable(
  'source',
  {
    id: integer('id').primaryKey(),
    digest: blob('digest', { mode: 'buffer' }).notNull(),
    staleAfterMs: integer('stale_after_ms').notNull(),
    expectedIntervalS: integer('expected_interval_s'),
    commit: text('commit'),
    branch: text('branch'),
    tool: text('tool'),
    error: text('error'),
    errorKind: text('error_kind'),
    extra: text('extra', { mode: 'json' }).$type<{ readonly [key: string]: Json }>().notNull(),
    /** When a report last named it, to the day: reports have no index that could tell. */
    lastUsedAt: integer('last_used_at').notNull().default(0),
  },
  (t) => [unique('source_digest').on(t.digest)],
);

export const reports = sqliteTable(
  'report',
  {
    targetId: integer('target_id')
      .notNull()
      .references(() => targets.id, { onDelete: 'cascade' }),
    checkedAt: integer('checked_at').notNull(),
    // No foreign keys on these two: enforcing them on delete would need an index as large as the table.
    findingId: integer('finding_id').notNull(),
    sourceId: integer('source_id').notNull(),
    /** `received_at - checked_at`: two or three bytes where the instant itself takes six. */
    receivedLagMs: integer('received_lag_ms').notNull(),
    durationMs: integer('duration_ms'),
    runUrl: text('run_url'),
  },
  // The key is the definition of a duplicate.
  (t) => [primaryKey({ columns: [t.targetId, t.checkedAt, t.findingId] })],
);

export const periods = sqliteTable(
  'period',
  {
    targetId: integer('target_id')
      .notNull()
      .references(() => targets.id, { onDelete: 'cascade' }),
    startedAt: integer('started_at').notNull(),
    receivedAt: integer('received_at').notNull(),
    findingId: integer('finding_id')
      .notNull()
      .references(() => findings.id),
    /** The finding's, repeated for `period_synced`. */
    syncStatus: text('sync_status', { enum: SYNC_STATUSES }).notNull(),
    opensState: integer('opens_state', { mode: 'boolean' }).notNull(),
    // Of a target's last period these three may be behind: `period-end.ts` tells where it ends.
    lastCheckAt: integer('last_check').notNull(),
    staleAt: integer('stale_at').notNull(),
    reports: integer('reports').notNull(),
    commit: text('commit'),
    runUrl: text('run_url'),
  },
  (t) => [
    primaryKey({ columns: [t.targetId, t.startedAt, t.receivedAt] }),
    index('period_synced').on(t.targetId, t.startedAt).where(sql`sync_status = 'SYNCED'`),
    index('period_opens_state').on(t.targetId, t.startedAt).where(sql`opens_state = 1`),
    index('period_finding').on(t.findingId),
  ],
);

export const incidents = sqliteTable(
  'incident',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    targetId: integer('target_id')
      .notNull()
      .references(() => targets.id, { onDelete: 'cascade' }),
    openedAt: integer('opened_at').notNull(),
    receivedAt: integer('received_at').notNull(),
    resolvedAt: integer('resolved_at'),
    cause: text('cause', { enum: ['host_changed', 'commit_not_applied'] }),
    maxDriftCount: integer('max_drift_count').notNull(),
    files: text('files', { mode: 'json' }).$type<readonly string[]>().notNull(),
    openedCommit: text('opened_commit'),
    resolvedCommit: text('resolved_commit'),
    openedRunUrl: text('opened_run_url'),
    resolvedRunUrl: text('resolved_run_url'),
  },
  (t) => [
    index('incident_opened').on(t.targetId, t.openedAt),
    // At most one incident is open per target: the database holds it too.
    uniqueIndex('incident_open').on(t.targetId).where(sql`resolved_at is null`),
  ],
);

/** A few facts about the database itself: who wrote to it last, when it was last probed. */
export const meta = sqliteTable('meta', {
  key: text('key').primaryKey(),
  value: text('value').notNull(),
});

/** Who may report, read and administrate. Of the token itself only its SHA-256 is known. */
export const tokens = sqliteTable(
  'token',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    name: text('name').notNull(),
    sha256: blob('sha256', { mode: 'buffer' }).notNull(),
    scopes: text('scopes', { mode: 'json' }).$type<readonly TokenScope[]>().notNull(),
    /** Patterns of the repos it may speak for; NULL means every repo. */
    repos: text('repos', { mode: 'json' }).$type<readonly string[]>(),
    createdAt: integer('created_at').notNull(),
    expiresAt: integer('expires_at'),
    revokedAt: integer('revoked_at'),
    lastUsedAt: integer('last_used_at'),
  },
  (t) => [
    unique('token_sha256').on(t.sha256),
    // A name may be given again once its token is revoked.
    uniqueIndex('token_name').on(t.name).where(sql`revoked_at is null`),
  ],
);

import { sql } from 'drizzle-orm';
import { index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';
import { CONDITIONS, type Problem } from '../../domain/notify/message.ts';

// Instants are epoch milliseconds.

/** How far each channel for messages has read the event log. */
export const notificationCursors = sqliteTable('notification_cursor', {
  channel: text('channel').primaryKey(),
  seq: integer('seq').notNull(),
});

/** What one channel is told about one problem of one target. */
export const notifications = sqliteTable(
  'notification',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    channel: text('channel').notNull(),
    targetId: integer('target_id').notNull(),
    condition: text('condition', { enum: CONDITIONS }).notNull(),
    isFlapping: integer('is_flapping', { mode: 'boolean' }).notNull(),
    incidentId: integer('incident_id'),
    since: integer('since').notNull(),
    recordedAt: integer('recorded_at').notNull(),
    dueAt: integer('due_at').notNull(),
    heldUntil: integer('held_until'),
    repeatMs: integer('repeat_ms').notNull(),
    thread: text('thread'),
    /** As it was last told. */
    told: text('told', { mode: 'json' }).$type<Problem>(),
    toldAt: integer('told_at'),
    hasNews: integer('has_news', { mode: 'boolean' }).notNull(),
    overAt: integer('over_at'),
    closedAt: integer('closed_at'),
    messageId: text('message_id'),
  },
  (t) => [
    index('notification_open').on(t.channel, t.targetId).where(sql`closed_at is null`),
    index('notification_waiting')
      .on(t.channel, t.dueAt)
      .where(sql`closed_at is null and told_at is null and thread is null`),
    index('notification_thread_open').on(t.thread).where(sql`closed_at is null`),
    index('notification_message').on(t.messageId),
    index('notification_closed').on(t.closedAt).where(sql`closed_at is not null`),
  ],
);

/** The messages to one channel about one cause, with the one that is on its way. */
export const notificationThreads = sqliteTable(
  'notification_thread',
  {
    id: text('id').primaryKey(),
    channel: text('channel').notNull(),
    key: text('key').notNull(),
    repo: text('repo').notNull(),
    condition: text('condition', { enum: CONDITIONS }).notNull(),
    about: text('about', { enum: ['group', 'pipeline', 'flapping'] }).notNull(),
    actAt: integer('act_at'),
    toldAt: integer('told_at'),
    resolvedAt: integer('resolved_at'),
    closedAt: integer('closed_at'),
    // The message on its way.
    messageId: text('message_id'),
    phase: text('phase', { enum: ['opened', 'updated', 'repeated', 'resolved'] }),
    messageAt: integer('message_at'),
    stillOpen: integer('still_open'),
    attempts: integer('attempts'),
    tryAt: integer('try_at'),
  },
  (t) => [
    // At most one thread is open for each cause.
    uniqueIndex('notification_thread_key').on(t.channel, t.key).where(sql`closed_at is null`),
    index('notification_thread_act').on(t.channel, t.actAt).where(sql`act_at is not null`),
    index('notification_thread_try').on(t.channel, t.tryAt).where(sql`message_id is not null`),
    index('notification_thread_closed').on(t.closedAt).where(sql`closed_at is not null`),
  ],
);

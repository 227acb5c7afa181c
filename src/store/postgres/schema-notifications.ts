import { sql } from 'drizzle-orm';
import { boolean, index, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { CONDITIONS } from '../../domain/notify/message.ts';
import { identity, large, sortedText } from './columns.ts';

/** How far each channel for messages has read the event log. */
export const notificationCursors = pgTable('notification_cursor', {
  channel: text('channel').primaryKey(),
  seq: large('seq').notNull(),
});

/** What one channel is told about one problem of one target. */
export const notifications = pgTable(
  'notification',
  {
    id: identity('id').primaryKey(),
    targetId: large('target_id').notNull(),
    incidentId: large('incident_id'),
    since: large('since').notNull(),
    recordedAt: large('recorded_at').notNull(),
    dueAt: large('due_at').notNull(),
    heldUntil: large('held_until'),
    repeatMs: large('repeat_ms').notNull(),
    toldAt: large('told_at'),
    overAt: large('over_at'),
    closedAt: large('closed_at'),
    isFlapping: boolean('is_flapping').notNull(),
    hasNews: boolean('has_news').notNull(),
    channel: text('channel').notNull(),
    condition: text('condition', { enum: CONDITIONS }).notNull(),
    thread: text('thread'),
    /** As it was last told. */
    told: text('told'),
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
export const notificationThreads = pgTable(
  'notification_thread',
  {
    id: text('id').primaryKey(),
    actAt: large('act_at'),
    toldAt: large('told_at'),
    resolvedAt: large('resolved_at'),
    closedAt: large('closed_at'),
    // The message that is on its way.
    messageAt: large('message_at'),
    stillOpen: large('still_open'),
    attempts: large('attempts'),
    tryAt: large('try_at'),
    channel: text('channel').notNull(),
    key: text('key').notNull(),
    repo: sortedText('repo').notNull(),
    condition: text('condition', { enum: CONDITIONS }).notNull(),
    about: text('about', { enum: ['group', 'pipeline', 'flapping'] }).notNull(),
    messageId: text('message_id'),
    phase: text('phase', { enum: ['opened', 'updated', 'repeated', 'resolved'] }),
  },
  (t) => [
    // At most one thread is open for each cause.
    uniqueIndex('notification_thread_key').on(t.channel, t.key).where(sql`closed_at is null`),
    index('notification_thread_act').on(t.channel, t.actAt).where(sql`act_at is not null`),
    index('notification_thread_try').on(t.channel, t.tryAt).where(sql`message_id is not null`),
    index('notification_thread_closed').on(t.closedAt).where(sql`closed_at is not null`),
  ],
);

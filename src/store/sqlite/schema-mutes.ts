import { sql } from 'drizzle-orm';
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { Matchers } from '../../domain/notify/matchers.ts';
import { incidents, targets } from './schema.ts';

/** Mutes, including those that are over. */
export const mutes = sqliteTable(
  'mute',
  {
    // AUTOINCREMENT: an id is never reused, even after a restore.
    id: integer('id').primaryKey({ autoIncrement: true }),
    matchers: text('matchers', { mode: 'json' }).$type<Matchers>().notNull(),
    reason: text('reason').notNull(),
    startsAt: integer('starts_at').notNull(),
    endsAt: integer('ends_at').notNull(),
    untilInSync: integer('until_in_sync', { mode: 'boolean' }).notNull(),
    createdAt: integer('created_at').notNull(),
    byName: text('by_name'),
    byVerified: integer('by_verified', { mode: 'boolean' }).notNull(),
    /** Not null if it ended before `ends_at`. */
    endedAt: integer('ended_at'),
    /** Also null if it ended because everything was in sync again. */
    endedByName: text('ended_by_name'),
    endedByVerified: integer('ended_by_verified', { mode: 'boolean' }),
  },
  (t) => [index('mute_over').on(sql`coalesce(${t.endedAt}, ${t.endsAt})`)],
);

/** The targets of a mute until in sync again, with the position of their history at its beginning. */
export const muteTargets = sqliteTable(
  'mute_target',
  {
    muteId: integer('mute_id')
      .notNull()
      .references(() => mutes.id, { onDelete: 'cascade' }),
    targetId: integer('target_id')
      .notNull()
      .references(() => targets.id, { onDelete: 'cascade' }),
    checkedAt: integer('checked_at'),
    lastSyncedAt: integer('last_synced_at'),
  },
  (t) => [primaryKey({ columns: [t.muteId, t.targetId] }), index('mute_target_target').on(t.targetId)],
);

/** Who works on an incident. It is in force while the incident is open. */
export const acknowledgements = sqliteTable('acknowledgement', {
  incidentId: integer('incident_id')
    .primaryKey()
    .references(() => incidents.id, { onDelete: 'cascade' }),
  byName: text('by_name'),
  byVerified: integer('by_verified', { mode: 'boolean' }).notNull(),
  note: text('note'),
  at: integer('at').notNull(),
});

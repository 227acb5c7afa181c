import { sql } from 'drizzle-orm';
import { boolean, index, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { identity, large } from './columns.ts';

/** Mutes, also those that are over. */
export const mutes = pgTable(
  'mute',
  {
    id: identity('id').primaryKey(),
    startsAt: large('starts_at').notNull(),
    endsAt: large('ends_at').notNull(),
    createdAt: large('created_at').notNull(),
    /** Not null if it ended before `ends_at`. */
    endedAt: large('ended_at'),
    untilInSync: boolean('until_in_sync').notNull(),
    byVerified: boolean('by_verified').notNull(),
    endedByVerified: boolean('ended_by_verified'),
    byName: text('by_name'),
    /** Null also if it ended because everything was in sync again. */
    endedByName: text('ended_by_name'),
    matchers: text('matchers').notNull(),
    reason: text('reason').notNull(),
  },
  (t) => [index('mute_over').on(sql`coalesce(${t.endedAt}, ${t.endsAt})`)],
);

/** The targets of a mute until in sync again, with where their history stood when they came into it. */
export const muteTargets = pgTable(
  'mute_target',
  {
    muteId: large('mute_id').notNull(),
    targetId: large('target_id').notNull(),
    checkedAt: large('checked_at'),
    lastSyncedAt: large('last_synced_at'),
  },
  (t) => [primaryKey({ columns: [t.muteId, t.targetId] }), index('mute_target_target').on(t.targetId)],
);

/** Who works on an incident. It is in force while the incident is open. */
export const acknowledgements = pgTable('acknowledgement', {
  incidentId: large('incident_id').primaryKey(),
  at: large('at').notNull(),
  byVerified: boolean('by_verified').notNull(),
  byName: text('by_name'),
  note: text('note'),
});

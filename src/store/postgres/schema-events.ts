import { boolean, index, integer, pgTable, text } from 'drizzle-orm/pg-core';
import { EVENT_KINDS, EVENT_ORIGINS } from '../../domain/event.ts';
import { CAUSES } from '../../domain/incident.ts';
import { STATES } from '../../domain/state.ts';
import { identity, large, sortedText } from './columns.ts';

const content = {
  recordedAt: large('recorded_at').notNull(),
  effectiveAt: large('effective_at').notNull(),
  incidentId: large('incident_id'),
  incidentOpenedAt: large('incident_opened_at'),
  driftCount: large('drift_count'),
  kind: text('kind', { enum: EVENT_KINDS }).notNull(),
  origin: text('origin', { enum: EVENT_ORIGINS }).notNull(),
  actor: text('actor'),
  // Copies, because they outlive the target and show its name at that time.
  repo: sortedText('repo'),
  server: sortedText('server'),
  labels: text('labels').notNull(),
  previousState: text('previous_state', { enum: STATES }),
  state: text('state', { enum: STATES }),
  incidentCause: text('incident_cause', { enum: CAUSES }),
  commit: sortedText('commit'),
  runUrl: text('run_url'),
  detail: text('detail'),
};

/**
 * Events as they are written, in the transaction of what they tell. They have no `seq` yet: transactions commit in
 * another order than that in which they could have been given one, and a reader would miss what commits later.
 */
export const pendingEvents = pgTable('event_pending', { id: identity('id').primaryKey(), ...content });

/** The event log. Its columns are those of `event_pending`, in the same order. */
export const events = pgTable('event', { seq: large('seq').primaryKey(), ...content }, (t) => [
  index('event_recorded').on(t.recordedAt),
]);

/** The last `seq` that was given, and the timeline of the database in which it was. */
export const eventCounter = pgTable('event_counter', {
  one: boolean('one').primaryKey().default(true),
  seq: large('seq').notNull(),
  timeline: integer('timeline').notNull(),
});

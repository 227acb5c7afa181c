import { pgTable, primaryKey } from 'drizzle-orm/pg-core';
import { bytes, integers, large } from './columns.ts';

// A chunk is a stored pack (see `packing.ts`): reports of one target that share a finding and a source, in their order.
// `firstAt`, `firstReceivedAt`, `firstLastCheckAt` and `firstDurationMs` are those of the first one; the arrays have for
// each report the difference from it. The last two, and the run URLs, are null if no report has its own. The newest pack,
// the tail, is not here but in `target_status`.

const columns = () => ({
  targetId: large('target_id').notNull(),
  firstAt: large('first_at').notNull(),
  lastAt: large('last_at').notNull(),
  firstReceivedAt: large('first_received_at').notNull(),
  findingId: large('finding_id').notNull(),
  sourceId: large('source_id').notNull(),
  firstLastCheckAt: large('first_last_check'),
  firstDurationMs: large('first_duration_ms'),
  checked: integers('checked').notNull(),
  received: integers('received').notNull(),
  lastChecks: integers('last_checks'),
  durations: integers('durations'),
  runUrls: bytes('run_urls'),
});

/** Partitioned by `firstAt`: see the migration after the first. */
export const chunks = pgTable('chunk', columns(), (t) => [
  // `lastAt` is in it so that those that end before a range are passed over in the index.
  primaryKey({ columns: [t.targetId, t.firstAt, t.lastAt, t.firstReceivedAt] }),
]);

/**
 * Of targets that were silent for long the chunk with the newest report from before the horizon: it stays where its
 * partition goes.
 */
export const keptChunks = pgTable('kept_chunk', columns(), (t) => [primaryKey({ columns: [t.targetId] })]);

import { first, type Session } from './session.ts';
import { command } from './statement.ts';

/** The number of rows that one step removes. */
const ROWS = 500;

type Before = { readonly before: number };
type Removed = { readonly count: number };

/** What a step removes, and the statement that removes it and says how much it was. */
const removal = (sql: string) =>
  command<Before, Removed>(`WITH gone AS (${sql} RETURNING 1) SELECT count(*) FROM gone`);

/** The oldest ones, up to the first that is newer: a range of the key. */
const EVENTS = removal(`
  DELETE FROM event WHERE seq IN (SELECT seq FROM event ORDER BY seq LIMIT ${ROWS}) AND recorded_at < :before
    AND seq < coalesce((SELECT min(e.seq) FROM event e WHERE e.recorded_at >= :before), ${Number.MAX_SAFE_INTEGER})`);

/** By `action_recorded`. */
const ACTIONS = removal(`
  DELETE FROM action WHERE id IN (
    SELECT id FROM action WHERE recorded_at < :before ORDER BY recorded_at LIMIT ${ROWS})`);

/** By `mute_over`, with their targets. */
const MUTES = command<Before, Removed>(`
  WITH gone AS (
    DELETE FROM mute WHERE id IN (
      SELECT id FROM mute WHERE coalesce(ended_at, ends_at) < :before LIMIT ${ROWS}) RETURNING id),
  members AS (DELETE FROM mute_target WHERE mute_id IN (SELECT id FROM gone))
  SELECT count(*) FROM gone`);

/** By `notification_closed`. What a message that is on its way tells must stay. */
const NOTIFICATIONS = removal(`
  DELETE FROM notification WHERE id IN (
    SELECT id FROM notification n WHERE n.closed_at IS NOT NULL AND n.closed_at < :before
      AND NOT EXISTS (SELECT 1 FROM notification_thread h WHERE h.id = n.thread AND h.message_id IS NOT NULL)
    LIMIT ${ROWS})`);
/** By `notification_thread_closed`. */
const THREADS = removal(`
  DELETE FROM notification_thread WHERE id IN (
    SELECT id FROM notification_thread WHERE closed_at IS NOT NULL AND closed_at < :before AND message_id IS NULL
    LIMIT ${ROWS})`);

const REMOVALS = {
  events: EVENTS,
  actions: ACTIONS,
  mutes: MUTES,
  notifications: NOTIFICATIONS,
  threads: THREADS,
};

/** Removes some rows from before an instant. `isFull`: there may be more. */
export async function removeBefore(
  session: Session,
  what: keyof typeof REMOVALS,
  before: number,
): Promise<{ readonly count: number; readonly isFull: boolean }> {
  const count = (await first(session, REMOVALS[what], { before }))?.count ?? 0;
  return { count, isFull: count === ROWS };
}

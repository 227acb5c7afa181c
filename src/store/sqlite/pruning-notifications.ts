import type Sqlite from 'better-sqlite3';

/** The number of rows that one step removes. */
const ROWS = 500;

/** By `notification_closed`. The notifications of a message on its way must stay. */
const REMOVE = `
  DELETE FROM notification WHERE id IN (
    SELECT id FROM notification n WHERE n.closed_at IS NOT NULL AND n.closed_at < ?
      AND NOT EXISTS (SELECT 1 FROM notification_thread h WHERE h.id = n.thread AND h.message_id IS NOT NULL)
    LIMIT ${ROWS})`;
/** By `notification_thread_closed`. */
const REMOVE_THREADS = `
  DELETE FROM notification_thread WHERE id IN (
    SELECT id FROM notification_thread WHERE closed_at IS NOT NULL AND closed_at < ? AND message_id IS NULL
    LIMIT ${ROWS})`;

/** Makes a step that removes notifications that were told to be over before an instant. */
export function notificationPruning(
  client: Sqlite.Database,
): (before: number) => Generator<Record<string, never>, void> {
  const removals = [REMOVE, REMOVE_THREADS].map((text) => client.prepare<[number]>(text));
  return function* (before) {
    for (const remove of removals) {
      for (let removed = ROWS; removed === ROWS; ) {
        removed = remove.run(before).changes;
        yield {};
      }
    }
  };
}

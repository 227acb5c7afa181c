import type Sqlite from 'better-sqlite3';

/** The number of mutes that one step removes, with their targets. */
const ROWS = 20;

/** By `mute_over`. */
const REMOVE = `
  DELETE FROM mute WHERE id IN (
    SELECT id FROM mute WHERE coalesce(ended_at, ends_at) < ? ORDER BY coalesce(ended_at, ends_at) LIMIT ${ROWS})`;

/** Makes a step that removes the mutes that were over before an instant. */
export function mutePruning(
  client: Sqlite.Database,
): (before: number) => Generator<Record<string, never>, void> {
  const remove = client.prepare<[number]>(REMOVE);
  return function* (before) {
    while (remove.run(before).changes === ROWS) yield {};
  };
}

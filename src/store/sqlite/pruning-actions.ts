import type Sqlite from 'better-sqlite3';

/** The number of rows that one step removes. */
const ROWS = 500;

/** By `action_recorded`. */
const REMOVE = `
  DELETE FROM action WHERE id IN (
    SELECT id FROM action WHERE recorded_at < ? ORDER BY recorded_at LIMIT ${ROWS})`;

/** Makes a step that removes the actions recorded before an instant. */
export function actionPruning(
  client: Sqlite.Database,
): (before: number) => Generator<{ actions: number }, void> {
  const remove = client.prepare<[number]>(REMOVE);
  return function* (before) {
    for (let actions = ROWS; actions === ROWS; ) {
      actions = remove.run(before).changes;
      yield { actions };
    }
  };
}

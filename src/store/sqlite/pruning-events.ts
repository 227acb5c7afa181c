import type Sqlite from 'better-sqlite3';

/** The number of rows that one step reads. */
const ROWS = 500;

/** The oldest events, a range of the key, in the order in which they were written. */
const OLDEST = `SELECT seq, recorded_at AS recordedAt FROM event ORDER BY seq LIMIT ${ROWS}`;
const REMOVE = 'DELETE FROM event WHERE seq <= ?';

/** Makes a step that removes events recorded before an instant, up to the first newer one. */
export function eventPruning(
  client: Sqlite.Database,
): (before: number) => Generator<{ events: number }, void> {
  const oldest = client.prepare<[], { seq: number; recordedAt: number }>(OLDEST);
  const remove = client.prepare<[number]>(REMOVE);
  return function* (before) {
    for (let events = ROWS; events === ROWS; ) {
      const rows = oldest.all();
      const kept = rows.findIndex(({ recordedAt }) => recordedAt >= before);
      const last = rows.at(kept < 0 ? -1 : kept - 1);
      events = kept === 0 || last === undefined ? 0 : remove.run(last.seq).changes;
      yield { events };
    }
  };
}

import { first, type Session } from './session.ts';
import { command, statement } from './statement.ts';

// While a database is moved here, a mark names its source: a part of a database must not be served.

const MARK = statement<object, { sourceId: string }>(
  `SELECT value AS "sourceId" FROM meta WHERE key = 'migrating'`,
);
const SET = command<{ sourceId: string }>(`INSERT INTO meta (key, value) VALUES ('migrating', :sourceId)`);
const REMOVE = command<object>(`DELETE FROM meta WHERE key = 'migrating'`);

/** Undefined if no move was begun, or it is finished. */
export async function moveMark(session: Session): Promise<string | undefined> {
  return (await first(session, MARK, {}))?.sourceId;
}

export async function setMoveMark(session: Session, sourceId: string): Promise<void> {
  await session.all(SET, { sourceId });
}

export async function removeMoveMark(session: Session): Promise<void> {
  await session.all(REMOVE, {});
}

/** Throws if there is only a part of a moved database. */
export async function refuseUnfinishedMove(session: Session): Promise<void> {
  if ((await moveMark(session)) === undefined) return;
  throw new Error(
    'This PostgreSQL has a part of a database: migrate-to was begun and has not finished. Run the same migrate-to again, ' +
      'which goes on where it stopped, or remove the part with DROP SCHEMA gitops_status CASCADE.',
  );
}

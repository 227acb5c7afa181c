import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { STATES } from '../../domain/state.ts';
import { MOVED_NAMES, movedTable } from '../moved-tables.ts';
import type { LastNumbers, MoveDestination } from '../moving.ts';
import { connectionConfig, PATIENCE } from './connection.ts';
import { guardRead } from './failure.ts';
import { migrate } from './migrate.ts';
import { moveMark, removeMoveMark, setMoveMark } from './move-mark.ts';
import { movedReports, writeMovedReports } from './move-reports.ts';
import { movedRows, writeMovedRows } from './move-rows.ts';
import { Partitions } from './partitions.ts';
import { one, type Session, sessionOn } from './session.ts';
import { command, statement } from './statement.ts';
import { Transaction } from './transaction.ts';

/** The key of the advisory lock of a move. */
const LOCK = 7_403_119;

/** The lock and the connections of a process that was killed are gone within this time. */
const PATIENCE_MS = 3000;
const LOOK_EVERY_MS = 100;

/** Every target has a row here, from which it is locked. */
const ADD_STATUS = command<{ id: number }>(`
  INSERT INTO target_status (target_id) VALUES (:id) ON CONFLICT DO NOTHING`);

/** As recording does it: see `needsWatch`. */
const WATCH = command<{ id: number }>(`
  INSERT INTO stale_watch (target_id, due_at) SELECT target_id, stale_at FROM target_status
  WHERE target_id = :id AND announced_state <> ${STATES.indexOf('STALE')} ON CONFLICT DO NOTHING`);

const TARGETS = statement<object, { id: number }>('SELECT id FROM target');

/** Other processes of this program that use the database. */
const OTHERS = statement<object, { others: number }>(`
  SELECT count(*) AS others FROM pg_stat_activity
  WHERE datname = current_database() AND application_name = 'gitops-status-server'`);

/**
 * Connects to the database that another one is moved to, and makes its schema. Throws, with what to do, if there is
 * anything in it, but for what an interrupted move left.
 */
export async function openMoveDestination(url: string): Promise<MoveDestination> {
  await migrate(url, { forMove: true });
  const config = {
    ...connectionConfig(url, PATIENCE.long),
    application_name: 'gitops-status-server migrate-to',
  };
  const client = new pg.Client({ ...config, pipeline: true });
  const session = sessionOn(client);
  // Partitions are made beside the transaction of a target.
  const beside = new pg.Pool({ ...config, max: 1 });
  const partitions = new Partitions({ session: sessionOn(beside), clock: Date.now });
  client.on('error', () => undefined);
  beside.on('error', () => undefined);
  const close = async () => {
    await Promise.all([client.end().catch(() => undefined), beside.end()]);
  };
  try {
    await guardRead(() => client.connect());
    await takeLock(client);
    if ((await moveMark(session)) === undefined) await refuseData(session);
    // A commit that is lost with the server is made again by the next run. `finish` waits for the disk.
    await client.query('SET synchronous_commit = off');
  } catch (error) {
    await close();
    throw error;
  }
  return {
    async begin(sourceId) {
      await mark(session, sourceId);
      return new Set((await session.all(TARGETS, {})).map(({ id }) => id));
    },
    async write(table, rows) {
      for (const batch of rows) await writeMovedRows(session, table, batch);
    },
    async writeTarget(id, rowsOf) {
      const transaction = new Transaction(client);
      try {
        for (const table of OF_TARGET)
          for (const batch of rowsOf(table)) await writeMovedRows(transaction, table, batch);
        await Promise.all([transaction.all(ADD_STATUS, { id }), transaction.all(WATCH, { id })]);
        await writeMovedReports(transaction, id, { rows: () => rowsOf(REPORT), partitions });
        await transaction.commit();
      } catch (error) {
        throw transaction.failure ?? error;
      }
    },
    continueNumbers: (last) => continueNumbers(session, last),
    rows: (table) => (table.name === REPORT.name ? movedReports(session) : movedRows(client, table)),
    async finish() {
      // Without statistics the first questions would take long.
      await client.query(`ANALYZE ${TABLES.map((name) => `"${name}"`).join(', ')}`);
      await client.query('RESET synchronous_commit');
      await removeMoveMark(session);
    },
    close,
  };
}

const REPORT = movedTable('report');
const OF_TARGET = MOVED_NAMES.filter((name) => name !== REPORT.name)
  .map(movedTable)
  .filter(({ ofTarget }) => ofTarget !== undefined);

/** Reports are packed: see `move-reports.ts`. */
const TABLES = [...MOVED_NAMES.filter((name) => name !== REPORT.name), 'chunk', 'kept_chunk'];

async function takeLock(client: pg.Client): Promise<void> {
  await client.query(`SET lock_timeout = ${PATIENCE_MS}`);
  try {
    await client.query('SELECT pg_advisory_lock($1)', [LOCK]);
  } catch (error) {
    throw new Error('Another migrate-to is writing to this PostgreSQL: wait for its end.', { cause: error });
  }
  await client.query('SET lock_timeout = 0');
}

async function refuseData(session: Session): Promise<void> {
  const looks = [...TABLES, 'event_pending'].map(
    (name) => `SELECT '${name}' AS name WHERE EXISTS (SELECT 1 FROM "${name}")`,
  );
  const found = await session.all(statement<object, { name: string }>(looks.join(' UNION ALL ')), {});
  if (found.length === 0) return;
  throw new Error(
    `This PostgreSQL is not empty: it has rows in ${found.map(({ name }) => name).join(', ')}. Name another database, or, ` +
      'if nobody needs them, remove them with DROP SCHEMA gitops_status CASCADE. Nothing was changed.',
  );
}

/** From the mark on no server starts; one that is there already is looked for after it. */
async function mark(session: Session, sourceId: string): Promise<void> {
  const begun = await moveMark(session);
  if (begun !== undefined && begun !== sourceId) {
    throw new Error(
      'This PostgreSQL has a part of another database, or the file has changed since the move was begun. Remove the part ' +
        'with DROP SCHEMA gitops_status CASCADE, and move again. Nothing was changed.',
    );
  }
  if (begun === undefined) await setMoveMark(session, sourceId);
  for (let waited = 0; (await one(session, OTHERS, {})).others > 0; waited += LOOK_EVERY_MS) {
    if (waited < PATIENCE_MS) await setTimeout(LOOK_EVERY_MS);
    else await refuseOthers(session, begun === undefined);
  }
}

async function refuseOthers(session: Session, isNew: boolean): Promise<void> {
  if (isNew) await removeMoveMark(session);
  throw new Error('Other processes of gitops-status-server use this PostgreSQL: stop them, and try again.');
}

const CONTINUE = command<{ table: string; last: number }>(
  `SELECT setval(pg_get_serial_sequence(:table, 'id'), greatest(:last::bigint, 1), :last::bigint > 0)`,
);
const CONTINUE_INCIDENTS = command<{ last: number }>(
  `UPDATE counter SET value = greatest(value, :last::bigint) WHERE name = 'incident'`,
);
const CONTINUE_EVENTS = command<{ last: number }>(
  'UPDATE event_counter SET seq = greatest(seq, :last::bigint) WHERE one',
);

async function continueNumbers(session: Session, { incident, event, ...others }: LastNumbers): Promise<void> {
  await session.all(CONTINUE_INCIDENTS, { last: incident });
  await session.all(CONTINUE_EVENTS, { last: event });
  for (const [table, last] of Object.entries(others)) await session.all(CONTINUE, { table, last });
}

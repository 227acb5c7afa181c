import { setTimeout } from 'node:timers/promises';
import { DomainError } from '../../domain/errors.ts';
import { eventMatcher } from '../../domain/questions/event-matcher.ts';
import type { EventLog } from '../event-log.ts';
import { type EventRow, toEvent } from './event-rows.ts';
import { events, pendingEvents } from './schema-events.ts';
import { one, type Session } from './session.ts';
import { command, statement } from './statement.ts';
import { columnNames, selectList } from './table-columns.ts';

// Transactions commit in another order than that in which a sequence would number their events: a reader that remembers
// the last number would miss what commits later. So events are numbered once they are visible, by one process at a time.
// Within a target they are in order: their ids are drawn under its lock.

/** How many events one statement numbers. */
const MOST = 1000;
/** How often, and for how long each time, it waits for another process that numbers. */
const MAX_WAITS = 250;
const WAIT_MS = 20;

const COLUMNS = columnNames(pendingEvents, ['id'])
  .map((name) => `"${pendingEvents[name].name}"`)
  .join(', ');

/**
 * A database that took over from another may lack the last numbers that the former one gave. It has another timeline, so
 * its numbers go on after all that was told. A new log has the timeline 0.
 */
const TIMELINE = `('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int`;
const JUMP = 1_000_000;

const NUMBER = command<object, { id: number }>(`
  WITH c AS MATERIALIZED (
    SELECT seq + ${JUMP} * (timeline NOT IN (0, ${TIMELINE}))::int AS seq FROM event_counter WHERE one
    FOR UPDATE SKIP LOCKED),
  taken AS (
    DELETE FROM event_pending WHERE EXISTS (SELECT 1 FROM c)
      AND id = ANY (ARRAY(SELECT id FROM event_pending ORDER BY id LIMIT ${MOST})) RETURNING *),
  counted AS (
    UPDATE event_counter SET seq = c.seq + (SELECT count(*) FROM taken), timeline = ${TIMELINE}
    FROM c WHERE one AND EXISTS (SELECT 1 FROM taken))
  INSERT INTO event (seq, ${COLUMNS})
  SELECT (SELECT seq FROM c) + row_number() OVER (ORDER BY id), ${COLUMNS} FROM taken
  RETURNING seq AS id`);

/** By their keys. */
const PENDING = statement<object, { last: number | null }>('SELECT max(id) AS last FROM event_pending');
const IS_PENDING = statement<{ last: number }, { isPending: boolean }>(
  'SELECT EXISTS (SELECT 1 FROM event_pending WHERE id <= :last) AS "isPending"',
);

/** A range of the key. */
const AFTER = statement<{ after: number; limit: number }, EventRow>(
  `SELECT ${selectList(events, 'e')} FROM event e WHERE e.seq > :after ORDER BY e.seq LIMIT :limit`,
);

/** Both ends of the key, and the last `seq` that was given: the newest rows may have been pruned. */
const BOUNDS = statement<object, { first: number | null; newest: number | null; given: number }>(`
  SELECT (SELECT min(seq) FROM event) AS first, (SELECT max(seq) FROM event) AS newest, seq AS given
  FROM event_counter WHERE one`);

/** Numbers all events that are visible now, however many processes do so at the same time. */
export async function numberEvents(session: Session): Promise<void> {
  const { last } = await one(session, PENDING, {});
  if (last === null) return;
  for (let waits = 0; waits < MAX_WAITS; ) {
    const numbered = await session.all(NUMBER, {});
    if (!(await one(session, IS_PENDING, { last })).isPending) return;
    if (numbered.length > 0) continue;
    waits++;
    await setTimeout(WAIT_MS);
  }
  throw new DomainError('unavailable', 'Another server is numbering the events, and does not end.');
}

/** The event log, with the events of everything that was committed before each call. `session`: may write. */
export function eventLog(session: Session): EventLog {
  return {
    async eventsAfter(after, { limit, filter = {} }) {
      await numberEvents(session);
      const rows = await session.all(AFTER, { after, limit });
      return { events: rows.map(toEvent).filter(eventMatcher(filter)), next: rows.at(-1)?.seq ?? after };
    },
    async eventBounds() {
      await numberEvents(session);
      return numberedBounds(session);
    },
  };
}

/** The bounds of the events that have their numbers. */
export async function numberedBounds(session: Session): ReturnType<EventLog['eventBounds']> {
  const { first, newest, given } = await one(session, BOUNDS, {});
  // A restore increases the given `seq`; the last written event is still the newest row.
  return { from: first ?? given + 1, last: newest ?? given };
}

import type Sqlite from 'better-sqlite3';
import type { LoggedEvent, NewEvent } from '../../domain/event.ts';
import { eventMatcher } from '../../domain/questions/event-matcher.ts';
import type { Target } from '../../domain/target.ts';
import type { EventLog } from '../event-log.ts';
import { fromOpenIncident, toJsonObject, toLabels, toOpenIncident } from '../row-values.ts';
import { targetNamed } from './named-target.ts';
import { insertList, type RawRow, selectList } from './raw-rows.ts';
import { toRunUrl } from './rows.ts';
import { events } from './schema.ts';

type EventRow = RawRow<typeof events>;
type NewEventRow = Omit<EventRow, 'seq'> & { readonly seq: null };

/** A range of the key. */
const EVENTS_AFTER = `SELECT ${selectList(events, 'e')} FROM event e WHERE e.seq > ? ORDER BY e.seq LIMIT ?`;

/** Both ends of the key, and the last `seq` that was assigned: the newest rows may have been pruned. */
const BOUNDS = `
  SELECT (SELECT min(seq) FROM event) AS first, (SELECT max(seq) FROM event) AS newest,
    coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'event'), 0) AS given`;

/** The event log in the table `event`. */
export function eventLog(client: Sqlite.Database): EventLog {
  const after = client.prepare<[number, number], EventRow>(EVENTS_AFTER);
  const toEvent = eventReader(client);
  const bounds = client.prepare<[], { first: number | null; newest: number | null; given: number }>(BOUNDS);
  return {
    async eventsAfter(seq, { limit, filter = {} }) {
      const rows = after.all(seq, limit);
      const matches = eventMatcher(filter);
      return { events: rows.map(toEvent).filter(matches), next: rows.at(-1)?.seq ?? seq };
    },
    async eventBounds() {
      const row = bounds.get();
      const given = row?.given ?? 0;
      // A restore increases the assigned `seq`; the last written event is still the newest row.
      return { from: row?.first ?? given + 1, last: row?.newest ?? given };
    },
  };
}

/** Writes an event, in the caller's transaction; SQLite gives it the next `seq`. */
export function eventInsert(client: Sqlite.Database): (event: NewEvent) => void {
  const insert = client.prepare<[NewEventRow]>(`INSERT INTO event ${insertList(events)}`);
  return (event) => {
    insert.run(fromEvent(event));
  };
}

function eventReader(client: Sqlite.Database): (row: EventRow) => LoggedEvent {
  const named = targetNamed(client);
  return (row) => {
    const { repo, server } = row;
    return toEvent(row, repo === null || server === null ? undefined : named({ repo, server }));
  };
}

function toEvent(row: EventRow, target: Target | undefined): LoggedEvent {
  return {
    seq: row.seq,
    kind: row.kind,
    origin: row.origin,
    actor: row.actor ?? undefined,
    recordedAt: row.recordedAt,
    effectiveAt: row.effectiveAt,
    repo: target?.repo,
    server: target?.server,
    labels: toLabels(row.labels),
    previousState: row.previousState ?? undefined,
    state: row.state ?? undefined,
    incident: toOpenIncident(row),
    driftCount: row.driftCount ?? undefined,
    commit: row.commit ?? undefined,
    runUrl: toRunUrl(row.runUrl),
    detail: row.detail === null ? undefined : toJsonObject(row.detail),
  };
}

function fromEvent(event: NewEvent): NewEventRow {
  return {
    seq: null,
    recordedAt: event.recordedAt,
    effectiveAt: event.effectiveAt,
    kind: event.kind,
    origin: event.origin,
    actor: event.actor ?? null,
    repo: event.repo ?? null,
    server: event.server ?? null,
    labels: JSON.stringify(event.labels),
    previousState: event.previousState ?? null,
    state: event.state ?? null,
    ...fromOpenIncident(event.incident),
    driftCount: event.driftCount ?? null,
    commit: event.commit ?? null,
    runUrl: event.runUrl ?? null,
    detail: event.detail === undefined ? null : JSON.stringify(event.detail),
  };
}

import type { LoggedEvent, NewEvent } from '../../domain/event.ts';
import { fromOpenIncident, toJsonObject, toLabels, toOpenIncident } from '../row-values.ts';
import { type events, pendingEvents } from './schema-events.ts';
import { columnNames, rowsWriter } from './table-columns.ts';
import type { Transaction } from './transaction.ts';

export type EventRow = typeof events.$inferSelect;

const PENDING = rowsWriter(pendingEvents, { names: columnNames(pendingEvents, ['id']) });

/** Sends events, in their order. They get their `seq` after the commit: see `numbering.ts`. */
export function writeEvents(transaction: Transaction, events: readonly NewEvent[]): void {
  if (events.length > 0) transaction.send(PENDING.statement, PENDING.arrays(events.map(fromEvent)));
}

export function toEvent(row: EventRow): LoggedEvent {
  return {
    seq: row.seq,
    kind: row.kind,
    origin: row.origin,
    actor: row.actor ?? undefined,
    recordedAt: row.recordedAt,
    effectiveAt: row.effectiveAt,
    repo: row.repo ?? undefined,
    server: row.server ?? undefined,
    labels: toLabels(row.labels),
    previousState: row.previousState ?? undefined,
    state: row.state ?? undefined,
    incident: toOpenIncident(row),
    driftCount: row.driftCount ?? undefined,
    commit: row.commit ?? undefined,
    runUrl: row.runUrl ?? undefined,
    detail: row.detail === null ? undefined : toJsonObject(row.detail),
  };
}

function fromEvent(event: NewEvent): typeof pendingEvents.$inferInsert {
  return {
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

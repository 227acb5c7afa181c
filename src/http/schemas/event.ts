import { z } from '@hono/zod-openapi';
import { EVENT_KINDS, EVENT_ORIGINS, type LoggedEvent } from '../../domain/event.ts';
import { formatInstant } from '../../domain/instant.ts';
import { STATES } from '../../domain/state.ts';
import { instant } from './instant.ts';
import { driftCount, labels, openIncident, toOpenIncident } from './status.ts';

const seq = z
  .number()
  .int()
  .openapi({ description: 'It grows from event to event, and no number is used twice' });

export const eventRow = z
  .object({
    seq,
    kind: z
      .enum(EVENT_KINDS)
      .openapi({ description: 'Later versions may add kinds: ignore those you do not know' }),
    origin: z.enum(EVENT_ORIGINS).openapi({
      description:
        'What wrote it: a `report`, one that came `late`, an `import`, `time` that passed without a report, a `delete`, ' +
        'or an `action`: a declaration, a new name, a repair',
    }),
    actor: z.string().nullable().openapi({ description: 'The name of the token or person behind it' }),
    recorded_at: instant.openapi({
      description: 'When it was written',
    }),
    effective_at: instant.openapi({
      description: 'When it became true; it may lie before that of an earlier event',
    }),
    repo: z
      .string()
      .nullable()
      .openapi({ description: 'Null, like `server`, if the event is not about one target' }),
    server: z.string().nullable(),
    labels: labels.openapi({ description: "The target's labels as they were then" }),
    previous_state: z.enum(STATES).nullable().openapi({ description: 'Null unless the state changed' }),
    state: z
      .enum(STATES)
      .nullable()
      .openapi({ description: 'The state from then on; null if there is none' }),
    incident: openIncident.openapi({
      description: 'The incident that it is about, or else the one that was open, as it was then',
    }),
    drift_count: driftCount,
    commit: z.string().nullable(),
    run_url: z.string().nullable(),
    detail: z
      .record(z.string(), z.unknown())
      .nullable()
      .openapi({ description: 'Further details; the keys depend on the kind' }),
  })
  .openapi('Event', { description: 'One line of the event log' });

export const eventPage = z
  .object({
    rows: z.array(eventRow),
    next: z
      .number()
      .int()
      .openapi({
        description:
          'The `after` of the next page. It grows even if no event of the page matches. At the end it equals ' +
          '`after`',
      }),
  })
  .openapi('EventPage');

/** The data of a `reset`. */
const streamReset = z.strictObject({}).openapi('StreamReset', {
  description: 'The data of the event `reset`. Events before its id are missing, so read everything again',
});

/** The data of each kind of server-sent event. */
export const streamData = z.union([eventRow, streamReset]).openapi('StreamData', {
  description:
    'The data of one server-sent event. Its `event` is the kind of the Event (`target_deleted` too), or `reset`; its ' +
    '`id` is the `seq`',
});

export function toEventRow(event: LoggedEvent): z.infer<typeof eventRow> {
  return {
    seq: event.seq,
    kind: event.kind,
    origin: event.origin,
    actor: event.actor ?? null,
    recorded_at: formatInstant(event.recordedAt),
    effective_at: formatInstant(event.effectiveAt),
    repo: event.repo ?? null,
    server: event.server ?? null,
    labels: event.labels,
    previous_state: event.previousState ?? null,
    state: event.state ?? null,
    incident: toOpenIncident(event.incident),
    drift_count: event.driftCount ?? null,
    commit: event.commit ?? null,
    run_url: event.runUrl ?? null,
    detail: event.detail ?? null,
  };
}

/** An event as a server-sent event. JSON contains no line breaks. */
export function toEventFrame(event: LoggedEvent): string {
  return `event: ${event.kind}\nid: ${event.seq}\ndata: ${JSON.stringify(toEventRow(event))}\n\n`;
}

/** Tells a client that events are missing and that it has to read everything again. */
export function resetFrame(position: number): string {
  return `event: reset\nid: ${position}\ndata: {}\n\n`;
}

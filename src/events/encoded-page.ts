import type { LoggedEvent } from '../domain/event.ts';
import type { EventPage } from '../store/event-log.ts';
import type { EventFilter } from './event-filter.ts';

/** Writes one event as it is sent to clients. */
export type EncodeEvent = (event: LoggedEvent) => string;

/** Some events as they are sent, one after the other. Listeners share the bytes: never change them. */
export interface EventChunk {
  readonly bytes: Uint8Array;
  readonly count: number;
}

interface EncodedEvent {
  readonly event: LoggedEvent;
  readonly text: string;
}

/**
 * A page of the log for many listeners. Each event is encoded once, and listeners with the same filter share the bytes.
 */
export class EncodedPage {
  readonly next: number;
  readonly #after: number;
  readonly #events: readonly EncodedEvent[];
  readonly #chunks = new Map<string, EventChunk>();

  constructor(after: number, { events, next }: EventPage, encode: EncodeEvent) {
    this.#after = after;
    this.next = next;
    this.#events = events.map((event) => ({ event, text: encode(event) }));
  }

  /** What a listener with this filter gets of the page, if it has dealt with everything up to `position`. */
  chunkFor(filter: EventFilter, position: number): EventChunk {
    const after = Math.max(position, this.#after);
    const key = `${after} ${filter.key}`;
    const chunk = this.#chunks.get(key) ?? this.#encode(filter, after);
    this.#chunks.set(key, chunk);
    return chunk;
  }

  #encode(filter: EventFilter, after: number): EventChunk {
    const wanted = this.#events.filter(({ event }) => event.seq > after && filter.wants(event));
    return toChunk(wanted.map(({ text }) => text));
  }
}

export function toChunk(texts: readonly string[]): EventChunk {
  return { bytes: Buffer.from(texts.join('')), count: texts.length };
}

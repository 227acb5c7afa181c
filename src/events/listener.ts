import type { TargetFilter } from '../domain/questions/reader.ts';
import type { EventLog } from '../store/event-log.ts';
import type { Backlog } from './backlog.ts';
import { type EncodedPage, type EncodeEvent, type EventChunk, toChunk } from './encoded-page.ts';
import { EventFilter } from './event-filter.ts';

/** What a listener receives. */
export type Signal =
  | ({ readonly kind: 'events' } & EventChunk)
  /** Events up to `seq` are missing: the client has to read everything again. It receives all later events. */
  | { readonly kind: 'reset'; readonly seq: number }
  /** Nothing happened. It shows that the connection still works. */
  | { readonly kind: 'heartbeat' };

/** How many rows of the log are read at a time. */
export const PAGE_ROWS = 500;
/**
 * How many bytes may wait for one listener. A client that falls further behind comes back and reads the log instead.
 */
const MAX_WAITING_EVENTS = 2000;
const MAX_WAITING_BYTES = 1024 * 1024;

/** What a listener needs to know about the tail. */
interface Followed {
  readonly position: number;
  /** True if the listener has read as far as the tail: from then on it receives each page. */
  join(listener: Listener): boolean;
}

interface ListenerOptions {
  readonly filter: TargetFilter;
  /** The last event it has seen. */
  readonly position: number;
  /** Whether events before `position` may be missing: then a reset comes first. */
  readonly isReset: boolean;
  readonly tail: Followed;
  readonly log: Pick<EventLog, 'eventsAfter'>;
  readonly encode: EncodeEvent;
  /** Resolves in a turn of the event loop that no other listener has. */
  readonly turn: () => Promise<void>;
  readonly backlog: Backlog;
  readonly onEnd: (listener: Listener) => void;
  readonly onTooSlow: () => void;
  readonly onFailure: (error: unknown) => void;
}

/** One client that listens. Iterate it once. `tail.ts` describes its three phases. */
export class Listener implements AsyncIterable<Signal> {
  readonly #filter: EventFilter;
  readonly #options: ListenerOptions;
  #position: number;
  #waiting: Signal[] = [];
  #waitingEvents = 0;
  #waitingBytes = 0;
  #wake: (() => void) | undefined;
  /**
   * Whether the client has a signal and has not asked for another yet. Also how many it got in all, and up to the last
   * `beat`.
   */
  #isHandedOut = false;
  #handedOut = 0;
  #handedOutAtBeat = 0;
  #isEnded = false;

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#filter = new EventFilter(options.filter);
    this.#position = options.position;
  }

  /** The last row of the log that it has dealt with. */
  get position(): number {
    return this.#position;
  }

  /** Takes the next page of the log from the tail. */
  deliver(page: EncodedPage): void {
    if (this.#isEnded || page.next <= this.#position) return;
    const chunk = page.chunkFor(this.#filter, this.#position);
    this.#position = page.next;
    if (chunk.count > 0) this.#push({ kind: 'events', ...chunk });
  }

  /** Call it at regular intervals. It ends a listener whose client still has the same signal as at the last call. */
  beat(): void {
    const isStuck = this.#isHandedOut && this.#handedOut === this.#handedOutAtBeat;
    this.#handedOutAtBeat = this.#handedOut;
    if (isStuck) this.#endAsTooSlow();
    else if (this.#wake !== undefined) this.#push({ kind: 'heartbeat' });
  }

  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    while (this.#shift() !== undefined);
    this.#wake?.();
    this.#options.onEnd(this);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Signal, void> {
    try {
      for await (const signal of this.#signals()) {
        if (this.#isEnded) return;
        this.#isHandedOut = true;
        this.#handedOut++;
        yield signal;
        this.#isHandedOut = false;
      }
    } catch (error) {
      this.#options.onFailure(error);
    } finally {
      this.end();
    }
  }

  async *#signals(): AsyncGenerator<Signal, void> {
    if (this.#options.isReset) yield { kind: 'reset', seq: this.#position };
    while (!(this.#isEnded || this.#options.tail.join(this))) {
      const chunk = await this.#readPage();
      if (chunk.count > 0) yield { kind: 'events', ...chunk };
    }
    while (!this.#isEnded) {
      const signal = this.#shift();
      if (signal === undefined) await this.#untilWoken();
      else yield signal;
    }
  }

  async #readPage(): Promise<EventChunk> {
    const { tail, log, filter, encode, turn } = this.#options;
    // A backfill may be long: between its pages, and those of others, the event loop must be free.
    await turn();
    // Taken before the read: if the read finds nothing after our position, there is nothing up to this one either.
    const tailPosition = tail.position;
    const page = await log.eventsAfter(this.#position, { limit: PAGE_ROWS, filter });
    this.#position = page.next > this.#position ? page.next : tailPosition;
    return toChunk(page.events.map(encode));
  }

  #push(signal: Signal): void {
    this.#waiting.push(signal);
    if (signal.kind === 'events') {
      this.#waitingEvents += signal.count;
      this.#waitingBytes += signal.bytes.length;
      this.#options.backlog.add(signal.bytes);
    }
    // A single page may exceed the limit: the client has had no chance to take it.
    const isTooMuch =
      this.#waitingEvents > MAX_WAITING_EVENTS ||
      this.#waitingBytes > MAX_WAITING_BYTES ||
      this.#options.backlog.isTooLarge;
    if (isTooMuch && this.#waiting.length > 1) this.#endAsTooSlow();
    else this.#wake?.();
  }

  #shift(): Signal | undefined {
    const signal = this.#waiting.shift();
    if (signal?.kind === 'events') {
      this.#waitingEvents -= signal.count;
      this.#waitingBytes -= signal.bytes.length;
      this.#options.backlog.remove(signal.bytes);
    }
    return signal;
  }

  #untilWoken(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined;
        resolve();
      };
    });
  }

  #endAsTooSlow(): void {
    this.end();
    this.#options.onTooSlow();
  }
}

import { DomainError } from '../domain/errors.ts';
import type { TargetFilter } from '../domain/questions/reader.ts';
import type { Target } from '../domain/target.ts';
import type { EventLog } from '../store/event-log.ts';
import { Backlog } from './backlog.ts';
import { EncodedPage, type EncodeEvent } from './encoded-page.ts';
import { Listener, PAGE_ROWS, type Signal } from './listener.ts';
import { resumeAt } from './resume.ts';
import { nodeTimers, type Timers, turnsApart } from './timers.ts';
import { type Watcher, Watchers } from './watchers.ts';

// Each listener goes through three phases, so that it gets each event once and in order:
//
// - Backfill: it reads the log itself, from the last event it has seen, as fast as its client takes the pages.
// - Cutover: once it has read as far as the tail, it becomes a follower of the tail. It compares the two positions and
//   joins in one turn of the event loop. The tail also moves its position and picks the followers that it serves in one
//   turn. So no page can fall in between. If the listener has read further than the tail, it skips what it has already.
// - Live: the tail reads each page of the log once and gives the same bytes to all followers.

const MAX_LISTENERS = 1000;
/** How often the tail checks whether another process has written. */
const TICK_MS = 500;
const BEAT_TICKS = 30;
/** How many listeners get a page in one turn of the event loop. */
const SLICE = 25;

export interface Listening extends AsyncIterable<Signal> {
  end(): void;
}

export interface ListenOptions {
  /** As the client sends it. */
  readonly lastEventId?: string | undefined;
  /** Called when the listener is ended because its client reads too slowly: that client may never ask for more. */
  readonly onTooSlow?: () => void;
}

/** Follows the end of the event log, for all listeners in this process. */
export interface EventTail {
  /**
   * The events after `lastEventId`, then each new one, without end. If there is no such id, or events after it are
   * missing, a reset comes first and only new events follow. Throws `overloaded` at 1,000 listeners, or when closed.
   */
  subscribe(filter: TargetFilter, options?: ListenOptions): Promise<Listening>;
  /** Calls back at each commit until the returned function is called. Throws `overloaded` when closed. */
  watch(watcher: Watcher): () => void;
  /**
   * Call it after a commit of this process that may have written events: listeners and watchers get them at once.
   * `touched` has the targets of the commit; undefined if it may be about any.
   */
  wake(touched?: readonly Target[]): void;
  /** Ends all listeners and watchers, and accepts no more. */
  close(): void;
}

interface TailDeps {
  readonly log: EventLog;
  /** Another text after any commit of any process: see `Queries`. */
  readonly version: () => string;
  readonly othersVersion: () => string;
  readonly encode: EncodeEvent;
  /** The log could not be read. All listeners are ended; their clients may come back. */
  readonly onFailure: (error: unknown) => void;
  readonly timers?: Timers;
}

/** Nothing is read while there are no listeners. */
export function createEventTail(deps: TailDeps): EventTail {
  const tail = new Tail(deps);
  return {
    subscribe: (filter, options) => tail.subscribe(filter, options),
    watch: (watcher) => tail.watch(watcher),
    wake: (touched) => tail.wake(touched),
    close: () => tail.close(),
  };
}

class Tail implements EventTail {
  readonly #deps: TailDeps;
  readonly #timers: Timers;
  readonly #listeners = new Set<Listener>();
  /** The listeners that are live. */
  readonly #followers = new Set<Listener>();
  readonly #watchers: Watchers;
  readonly #backlog = new Backlog();
  /** For listeners that read the log: a thousand may come back at once. */
  readonly #ownTurn: () => Promise<void>;
  /** The last row of the log that the followers received; not used while there are no listeners. */
  #position = 0;
  #stopTicking: (() => void) | undefined;
  #ticks = 0;
  #version: string | undefined;
  #isReading = false;
  #isWoken = false;
  #isClosed = false;

  constructor(deps: TailDeps) {
    this.#deps = deps;
    this.#timers = deps.timers ?? nodeTimers;
    this.#watchers = new Watchers({ othersVersion: deps.othersVersion, timers: this.#timers });
    this.#ownTurn = turnsApart({ turn: () => this.#timers.turn() });
  }

  get position(): number {
    return this.#position;
  }

  async subscribe(filter: TargetFilter, options: ListenOptions = {}): Promise<Listening> {
    const { log, encode } = this.#deps;
    const { last, ...start } = await resumeAt(log, options.lastEventId);
    this.#refuseIfFull();
    this.#start(last);
    const listener = new Listener({
      ...start,
      filter,
      tail: this,
      log,
      encode,
      turn: this.#ownTurn,
      backlog: this.#backlog,
      onEnd: (ended) => this.#remove(ended),
      onTooSlow: options.onTooSlow ?? (() => undefined),
      onFailure: (error) => this.#fail(error),
    });
    this.#listeners.add(listener);
    return listener;
  }

  join(listener: Listener): boolean {
    if (listener.position < this.#position) return false;
    this.#followers.add(listener);
    return true;
  }

  watch(watcher: Watcher): () => void {
    this.#refuseIfClosed();
    return this.#watchers.add(watcher);
  }

  wake(touched?: readonly Target[]): void {
    this.#watchers.tell(touched);
    if (this.#stopTicking !== undefined) void this.#read();
  }

  close(): void {
    this.#isClosed = true;
    this.#endAll();
    this.#watchers.close();
  }

  #refuseIfClosed(): void {
    if (this.#isClosed) throw new DomainError('overloaded', 'The server is about to stop.');
  }

  #refuseIfFull(): void {
    this.#refuseIfClosed();
    if (this.#listeners.size < MAX_LISTENERS) return;
    throw new DomainError('overloaded', `${MAX_LISTENERS} clients already listen. Try again later.`);
  }

  #start(last: number): void {
    if (this.#stopTicking !== undefined) return;
    this.#position = last;
    this.#stopTicking = this.#timers.every(TICK_MS, () => this.#tick());
    void this.#read();
  }

  #remove(listener: Listener): void {
    this.#listeners.delete(listener);
    this.#followers.delete(listener);
    if (this.#listeners.size > 0) return;
    this.#stopTicking?.();
    this.#stopTicking = undefined;
  }

  #endAll(): void {
    for (const listener of [...this.#listeners]) listener.end();
  }

  #tick(): void {
    this.#ticks++;
    if (this.#ticks % BEAT_TICKS === 0)
      void this.#inSlices([...this.#listeners], (listener) => listener.beat());
    void this.#readIfChanged();
  }

  async #readIfChanged(): Promise<void> {
    try {
      if (this.#deps.version() !== this.#version) await this.#read();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Reads and delivers everything new, including what is written while it reads. */
  async #read(): Promise<void> {
    this.#isWoken = true;
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      while (this.#isWoken) {
        this.#isWoken = false;
        // Taken before the read: what is written after it changes the version again.
        this.#version = this.#deps.version();
        while (await this.#readPage());
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#isReading = false;
    }
  }

  /** Whether there was a page, so that there may be another one. */
  async #readPage(): Promise<boolean> {
    const { log, encode } = this.#deps;
    const after = this.#position;
    if (this.#stopTicking === undefined) return false;
    const page = await log.eventsAfter(after, { limit: PAGE_ROWS });
    // If all listeners left during the read and new ones came, they began elsewhere: this page is not for them.
    if (page.next <= after || this.#position !== after) return false;
    this.#position = page.next;
    const encoded = new EncodedPage(after, page, encode);
    await this.#inSlices([...this.#followers], (follower) => follower.deliver(encoded));
    return true;
  }

  /** Yields to the event loop after every few listeners, and at the end: sockets are served before the next page. */
  async #inSlices(listeners: readonly Listener[], act: (listener: Listener) => void): Promise<void> {
    for (let start = 0; start < listeners.length; start += SLICE) {
      for (const listener of listeners.slice(start, start + SLICE)) act(listener);
      await this.#timers.turn();
    }
  }

  #fail(error: unknown): void {
    // A failure after closing is expected: the store may be closed by then.
    if (!this.#isClosed) this.#deps.onFailure(error);
    this.#endAll();
  }
}

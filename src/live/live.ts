import { randomBytes } from 'node:crypto';
import { DomainError } from '../domain/errors.ts';
import type { Report } from '../domain/report.ts';
import type { Target } from '../domain/target.ts';
import type { Recorded, Store, TargetFilter } from '../store/store.ts';
import { Listener } from './listener.ts';
import type { LiveEvent, Signal } from './signals.ts';
import { Watch } from './watch.ts';

const MAX_LISTENERS = 1000;
/** How far back a listener that lost its connection can go on. */
const REMEMBERED = 1000;
/** How late it may be noticed that a target fell silent. */
const TICK_MS = 1000;
const BEAT_TICKS = 15;
/** How long it is worth going on without anybody who listens: until they are back. */
const IDLE_TICKS = 300;

export interface Listening extends AsyncIterable<Signal> {
  end(): void;
}

/** Tells whoever listens what happens to the targets, as it happens. */
export interface Live {
  /**
   * What happened since `lastEventId` where that is remembered, else a reset, and then what happens from now on.
   * Throws `overloaded` where too many listen already.
   */
  listen(filter: TargetFilter, lastEventId?: string): Promise<Listening>;
  /** Must be told of everything that was recorded, in order, once it is. */
  recorded(reports: readonly Report[], outcomes: readonly Recorded[]): void;
  /** Must be told of every target that was deleted. */
  forgotten(target: Target): void;
  /** Ends everybody's listening. */
  close(): void;
}

/** Nothing is watched, and nothing is to be paid for, until somebody listens. */
export function createLive(deps: { store: Pick<Store, 'standings'>; clock: () => number }): Live {
  let round: Round | undefined;
  let isClosed = false;
  const end = (ended: Round | undefined) => {
    ended?.close();
    if (ended === round) round = undefined;
  };
  return {
    async listen(filter, lastEventId) {
      if (isClosed) throw new DomainError('overloaded', 'The server is about to stop.');
      round ??= new Round(deps, end);
      return round.listen(filter, lastEventId);
    },
    recorded: (reports, outcomes) => round?.recorded(reports, outcomes),
    forgotten: (target) => round?.forgotten(target),
    close() {
      isClosed = true;
      end(round);
    },
  };
}

/** From when somebody begins to listen until nobody has for a while. Ids of another round mean nothing here. */
class Round {
  readonly #name = randomBytes(6).toString('hex');
  readonly #watch: Watch;
  readonly #listeners = new Set<Listener>();
  readonly #onEnd: (round: Round) => void;
  readonly #ticking: NodeJS.Timeout;
  #events: LiveEvent[] = [];
  #count = 0;
  #ticks = 0;
  #lastListenedAt = 0;

  constructor(deps: { store: Pick<Store, 'standings'>; clock: () => number }, onEnd: (round: Round) => void) {
    this.#watch = new Watch(deps, (change) => this.#tell(change));
    this.#onEnd = onEnd;
    this.#ticking = setInterval(() => this.#tick(), TICK_MS).unref();
  }

  async listen(filter: TargetFilter, lastEventId: string | undefined): Promise<Listening> {
    try {
      await this.#watch.ready();
    } catch (error) {
      // The next one who comes has a new try.
      this.#onEnd(this);
      throw error;
    }
    if (this.#listeners.size >= MAX_LISTENERS) {
      throw new DomainError('overloaded', `${MAX_LISTENERS} others listen already. Try again later.`);
    }
    const listener = new Listener(filter, (ended) => this.#listeners.delete(ended));
    this.#resume(listener, lastEventId);
    this.#listeners.add(listener);
    return listener;
  }

  recorded(reports: readonly Report[], outcomes: readonly Recorded[]): void {
    this.#watch.recorded(reports, outcomes);
  }

  forgotten(target: Target): void {
    this.#watch.forgotten(target);
    this.#tell({ kind: 'forgotten', target });
  }

  close(): void {
    clearInterval(this.#ticking);
    for (const listener of this.#listeners) listener.end();
  }

  #idOf(count: number): string {
    return `${this.#name}-${count}`;
  }

  #tell(what: LiveEvent['what']): void {
    this.#count++;
    const event = { id: this.#idOf(this.#count), what };
    this.#events.push(event);
    if (this.#events.length >= 2 * REMEMBERED) this.#events = this.#events.slice(-REMEMBERED);
    for (const listener of this.#listeners) listener.tell(event);
  }

  #resume(listener: Listener, lastEventId = ''): void {
    const [name, count] = lastEventId.split('-');
    const missed = name === this.#name ? this.#count - Number(count) : Number.NaN;
    if (missed >= 0 && missed <= this.#events.length) {
      for (const event of this.#events.slice(this.#events.length - missed)) listener.tell(event);
    } else {
      listener.reset(this.#idOf(this.#count));
    }
  }

  #tick(): void {
    this.#ticks++;
    this.#watch.noticeTime();
    if (this.#listeners.size > 0) this.#lastListenedAt = this.#ticks;
    if (this.#ticks - this.#lastListenedAt >= IDLE_TICKS) this.#onEnd(this);
    if (this.#ticks % BEAT_TICKS === 0) for (const listener of this.#listeners) listener.beat();
  }
}

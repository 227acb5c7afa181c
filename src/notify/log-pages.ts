import type { TargetFacts } from '../domain/notify/problems.ts';
import { type Target, targetKey } from '../domain/target.ts';
import type { EventLog } from '../store/event-log.ts';
import type { ProblemReader } from '../store/notifications.ts';

/** Few enough that a request does not wait long for them. */
const EVENTS = 500;

/** Some events, and what is true now of the targets in them. */
export interface LogPage {
  readonly next: number;
  readonly facts: readonly TargetFacts[];
  /** By `targetKey`, when the last event about the target was recorded. */
  readonly recordedAt: ReadonlyMap<string, number>;
  readonly hasDeletion: boolean;
}

/** The event log page by page, read once for all channels: they ask for the same page soon after each other. */
export class LogPages {
  readonly #store: EventLog & Pick<ProblemReader, 'targetFacts'>;
  readonly #clock: () => number;
  #last: { readonly after: number; readonly page: Promise<LogPage | undefined> } | undefined;

  constructor(store: EventLog & Pick<ProblemReader, 'targetFacts'>, clock: () => number) {
    this.#store = store;
    this.#clock = clock;
  }

  /**
   * The page after an event; undefined at the end of the log. What is true is read after the events, so a remembered
   * page is as good: any later change is in a later event.
   */
  async after(seq: number): Promise<LogPage | undefined> {
    if (this.#last?.after === seq) return this.#last.page;
    const page = this.#read(seq);
    this.#last = { after: seq, page };
    const forget = () => {
      if (this.#last?.page === page) this.#last = undefined;
    };
    // There may be one a moment later.
    page.then((read) => read ?? forget(), forget);
    return page;
  }

  async #read(seq: number): Promise<LogPage | undefined> {
    const { events, next } = await this.#store.eventsAfter(seq, { limit: EVENTS });
    if (next <= seq) return undefined;
    const targets = new Map<string, Target>();
    const recordedAt = new Map<string, number>();
    for (const { repo, server, recordedAt: at } of events) {
      if (repo === undefined || server === undefined) continue;
      const target = { repo, server };
      targets.set(targetKey(target), target);
      recordedAt.set(targetKey(target), at);
    }
    const facts = await this.#store.targetFacts({ names: [...targets.values()], now: this.#clock() });
    return { next, facts, recordedAt, hasDeletion: events.some(({ kind }) => kind === 'target_deleted') };
  }
}

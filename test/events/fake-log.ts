import type { LoggedEvent } from '../../src/domain/event.ts';
import type { TargetFilter } from '../../src/domain/questions/reader.ts';
import type { EventLog, EventPage } from '../../src/store/event-log.ts';
import { NOON } from '../fixtures.ts';

/** An event with only what a test states. */
function anEvent(traits: Partial<LoggedEvent> = {}): LoggedEvent {
  return {
    seq: 1,
    kind: 'state_changed',
    origin: 'report',
    actor: undefined,
    recordedAt: NOON,
    effectiveAt: NOON,
    repo: 'rsyslog',
    server: 'rsyslog-lab',
    labels: {},
    previousState: 'SYNCED',
    state: 'OUT_OF_SYNC',
    incident: undefined,
    driftCount: undefined,
    commit: undefined,
    runUrl: undefined,
    detail: undefined,
    ...traits,
  };
}

/** The log as the port promises it, in memory. */
export class FakeLog implements EventLog {
  #events: LoggedEvent[] = [];
  #last = 0;
  #from = 1;
  reads = 0;
  /** The next reads throw this, if it is set. */
  failure: Error | undefined;

  #held: Promise<void> | undefined;

  /** Reads from now on are answered with the present state, but not before they are released. */
  hold(): () => void {
    let release = () => {};
    this.#held = new Promise((resolve) => {
      release = resolve;
    });
    return release;
  }

  /** Reads from now on are answered at once. */
  holdNoMore(): void {
    this.#held = undefined;
  }

  /** Appends one event for each; returns the last seq. */
  append(...all: Partial<LoggedEvent>[]): number {
    for (const traits of all) this.#events.push(anEvent({ seq: ++this.#last, ...traits }));
    return this.#last;
  }

  appendMany(count: number, traits: Partial<LoggedEvent> = {}): number {
    return this.append(...Array.from({ length: count }, () => traits));
  }

  /** Like pruning. */
  dropBefore(seq: number): void {
    this.#events = this.#events.filter((event) => event.seq >= seq);
    this.#from = seq;
  }

  /** Like a restore: what came after `seq` is lost, and new numbers are far away. */
  restoreTo(seq: number): void {
    this.#events = this.#events.filter((event) => event.seq <= seq);
    this.#last += 1_000_000;
  }

  readonly version = (): string => String(this.#last);

  get seqs(): number[] {
    return this.#events.map(({ seq }) => seq);
  }

  async eventsAfter(
    after: number,
    { limit, filter = {} }: { limit: number; filter?: TargetFilter },
  ): Promise<EventPage> {
    this.reads++;
    if (this.failure !== undefined) throw this.failure;
    const rows = this.#events.filter(({ seq }) => seq > after).slice(0, limit);
    const page = { events: rows.filter((event) => isMeant(event, filter)), next: rows.at(-1)?.seq ?? after };
    await this.#held;
    return page;
  }

  async eventBounds(): Promise<{ from: number; last: number }> {
    if (this.failure !== undefined) throw this.failure;
    const bounds = { from: this.#from, last: this.#last };
    await this.#held;
    return bounds;
  }
}

export function isMeant(
  { repo = '', server = '', labels: own }: LoggedEvent,
  { repos, servers, labels }: TargetFilter,
): boolean {
  const isLabelled = labels?.some((label) => `env:${own.env}` === label) ?? true;
  return (repos?.includes(repo) ?? true) && (servers?.includes(server) ?? true) && isLabelled;
}

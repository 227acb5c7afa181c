import { expect } from 'vitest';
import { DomainError } from '../../../src/domain/errors.ts';
import type { LoggedEvent } from '../../../src/domain/event.ts';
import { openPostgresStore } from '../../../src/store/postgres/postgres-store.ts';
import type { Store } from '../../../src/store/store.ts';
import { expectExactlyOnce, expectFolded } from '../faults/kept.ts';
import { until } from '../faults/until.ts';
import type { Callers } from './callers.ts';
import type { Fleet } from './fleet.ts';
import type { Follower, Heard } from './follower.ts';

const WITHIN_MS = 300_000;
const PAGE = 1000;

/** Looks at a database as it is now, beside the nodes. On a busy machine it may take several tries to reach it. */
export async function witness(url: string, look: (store: Store) => Promise<void>): Promise<void> {
  const deadline = Date.now() + WITHIN_MS;
  for (;;) {
    try {
      return await lookOnce(url, look);
    } catch (error) {
      const isOnlyLater =
        error instanceof DomainError && error.code === 'unavailable' && Date.now() < deadline;
      if (!isOnlyLater) throw error;
    }
  }
}

async function lookOnce(url: string, look: (store: Store) => Promise<void>): Promise<void> {
  const store = await openPostgresStore({ url, tryMs: WITHIN_MS });
  try {
    await look(store);
  } finally {
    await store.close();
  }
}

/** Everything that was acknowledged is stored, nothing twice, and what is said of it is what it adds up to. */
export async function expectKept(
  fleet: Fleet,
  store: Store,
  callers: Pick<Callers, 'repo' | 'sent' | 'acknowledged' | 'wrong'>,
  { isFolded = true }: { isFolded?: boolean | undefined } = {},
): Promise<void> {
  expect(callers.wrong).toEqual([]);
  await expectExactlyOnce(fleet.at(0), callers.repo, callers);
  if (isFolded) await expectFolded(store, { repos: [callers.repo] });
}

/** The event log so far, and what of it was compared already. */
export class ComparedLog {
  readonly #states = new Map<string, string | null>();
  #length = 0;
  #last = 0;

  /** How many events there were. */
  get length(): number {
    return this.#length;
  }

  /** Each follower has heard of everything once, in order, wherever it listened. */
  async expectHeardBy(followers: readonly Follower[], store: Store): Promise<void> {
    const log = await this.#more(store);
    const start = this.#length;
    this.#length += log.length;
    for (const { heard, resets } of followers) {
      await until('a follower has not heard of everything', () => (heard.at(-1)?.seq ?? 0) >= this.#last, {
        withinMs: WITHIN_MS,
      });
      expect(resets).toBe(0);
      expect(heard.slice(start, this.#length).map(told)).toEqual(log.map(told));
    }
    expect(log.filter((event) => this.#isOutOfOrder(event))).toEqual([]);
  }

  async #more(store: Store): Promise<Heard[]> {
    const log: Heard[] = [];
    let last = this.#last;
    for (let isMore = true; isMore; ) {
      const { events, next } = await store.eventsAfter(last, { limit: PAGE });
      log.push(...events.map(toHeard));
      isMore = next > last;
      last = next;
    }
    this.#last = last;
    return log;
  }

  /** A change of state that does not go on from the state that was told before. */
  #isOutOfOrder(event: Heard): boolean {
    const target = `${event.repo} ${event.server}`;
    const before = this.#states.get(target) ?? null;
    if (event.kind === 'target_added' || event.kind === 'state_changed')
      this.#states.set(target, event.state);
    return event.kind === 'state_changed' && event.previous_state !== before;
  }
}

const told = ({ seq, kind, repo, server, state }: Heard) => [seq, kind, repo, server, state];

function toHeard(event: LoggedEvent): Heard {
  const { seq, kind, repo, server, previousState, state } = event;
  return {
    seq,
    kind,
    repo: repo ?? null,
    server: server ?? null,
    previous_state: previousState ?? null,
    state: state ?? null,
  };
}

import { type GateQuestion, reasonsOf } from '../../domain/questions/gate.ts';
import { type Target, targetKey } from '../../domain/target.ts';
import { EventFilter } from '../../events/event-filter.ts';
import type { Queries } from '../../store/queries.ts';
import type { Answer } from '../ask.ts';

/** The key of a gate that no single target keeps closed, such as one that nothing matches. */
export const ANY = '';

/** A request that waits. */
export interface Waiter {
  /** The gate is open, its time is over, or the question cannot be answered. */
  answer(answer: Answer): void;
  fail(error: unknown): void;
}

type WatchedStatus = Awaited<ReturnType<Queries['summaries']>>[number];

/** A gate that was closed at the last look, or was not looked at yet, and the requests that wait for it. */
export class ClosedGate {
  readonly path: string;
  readonly question: GateQuestion;
  /** The result of its filter for a target, and for a target of which only the name is known. */
  readonly #filter: EventFilter;
  readonly #names: EventFilter;
  /** Requests with true want an answer in any case. */
  readonly waiters = new Map<Waiter, boolean>();
  watched: Target | undefined;
  /** Whether the whole gate must be looked at, whatever its watched target says. */
  isUnseen = true;
  /** What was committed during a look, which may have missed it. Undefined while there is no look. */
  missed: Set<string> | undefined;

  constructor(path: string, question: GateQuestion) {
    this.path = path;
    this.question = question;
    const { repos, servers } = question.filter;
    this.#filter = new EventFilter(question.filter);
    this.#names = new EventFilter({ ...(repos && { repos }), ...(servers && { servers }) });
  }

  mayMatch({ repo, server }: Target): boolean {
    const named = { repo, server, labels: {} };
    return this.#names.wants(named);
  }

  /** Whether a target still matches and does not pass. */
  isKeptClosedBy(status: WatchedStatus, now: number): boolean {
    const { repo, server } = status.target;
    const named = { repo, server, labels: status.labels };
    return this.#filter.wants(named) && reasonsOf(status, this.question, now).length > 0;
  }

  get key(): string {
    return this.watched === undefined ? ANY : targetKey(this.watched);
  }
}

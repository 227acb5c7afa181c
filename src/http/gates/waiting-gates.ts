import { DomainError, type ErrorCode } from '../../domain/errors.ts';
import type { GateQuestion } from '../../domain/questions/gate.ts';
import { type Target, targetKey } from '../../domain/target.ts';
import type { EventTail } from '../../events/tail.ts';
import type { Queries } from '../../store/queries.ts';
import type { Answer } from '../ask.ts';
import { ANY, ClosedGate, type Waiter } from './closed-gate.ts';

// A gate opens once every matching target passes. So it cannot open before any single target that keeps it closed does.
// Each closed gate therefore watches one such target, named by the last look. A report costs nothing unless gates watch
// its target: then one query reads all watched targets that were reported. Only if the watched target passes is the
// whole gate looked at again, and that look is the answer. Requests with the same question share a gate.

/** How long reports are collected, so that many of them cause one look. */
const PAUSE_MS = 50;
/** Errors of a look that mean too much work at the time. */
const PASSING: ReadonlySet<ErrorCode> = new Set(['overloaded', 'too_slow']);
/** How many gates are looked at at the same time. */
const LANES = 2;

export interface WaitingRequest {
  /** Its time is over: it is answered as soon as its gate was looked at once more. */
  finish(): void;
  /** It no longer wants an answer. */
  leave(): void;
}

interface Deps {
  readonly store: Pick<Queries, 'summaries'>;
  readonly tail: Pick<EventTail, 'watch'>;
  readonly clock: () => number;
  /** Looks at the whole gate of a path: 200, 409 if it is closed, or a mistake. */
  readonly look: (path: string) => Promise<Answer>;
  /** The answer to requests that wait when the server stops. */
  readonly stopping: () => Error;
}

/** All requests that wait for gates. Nothing is done while there are none. */
export class WaitingGates {
  readonly #deps: Deps;
  readonly #gates = new Map<string, ClosedGate>();
  /** By the target that they watch. */
  readonly #watching = new Map<string, Set<ClosedGate>>();
  readonly #due = new Set<ClosedGate>();
  readonly #looking = new Set<ClosedGate>();
  #waiters = 0;
  #isWorking = false;
  #stopWatching: (() => void) | undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** How many requests wait. */
  get size(): number {
    return this.#waiters;
  }

  /** `path` is the question of a look. Throws `overloaded` if the server stops. */
  add(path: string, question: GateQuestion, waiter: Waiter): WaitingRequest {
    this.#stopWatching ??= this.#deps.tail.watch({
      changed: (touched) => this.#changed(touched),
      closed: () => this.#failAll(),
    });
    const gate = this.#gates.get(path) ?? new ClosedGate(path, question);
    this.#gates.set(path, gate);
    this.#watch(gate, gate.watched);
    gate.waiters.set(waiter, false);
    this.#waiters++;
    this.#lookAgain(gate);
    return {
      finish: () => {
        if (!gate.waiters.has(waiter)) return;
        gate.waiters.set(waiter, true);
        this.#lookAgain(gate);
      },
      leave: () => this.#remove(gate, waiter),
    };
  }

  #lookAgain(gate: ClosedGate): void {
    gate.isUnseen = true;
    this.#due.add(gate);
    this.#workIfDue();
  }

  #changed(touched: readonly Target[] | undefined): void {
    const keys = touched?.map(targetKey) ?? [ANY];
    for (const { missed } of this.#looking) for (const key of keys) missed?.add(key);
    for (const gate of this.#concernedBy(touched, keys)) if (!this.#looking.has(gate)) this.#due.add(gate);
    this.#workIfDue();
  }

  *#concernedBy(touched: readonly Target[] | undefined, keys: readonly string[]): Iterable<ClosedGate> {
    if (touched === undefined) return yield* this.#gates.values();
    for (const key of keys) yield* this.#watching.get(key) ?? [];
    for (const gate of this.#watching.get(ANY) ?? []) {
      if (touched.some((target) => gate.mayMatch(target))) yield gate;
    }
  }

  #workIfDue(): void {
    if (this.#due.size > 0 && !this.#isWorking) void this.#work();
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    while (this.#due.size > 0) {
      const due = [...this.#due];
      this.#due.clear();
      const candidates = await this.#candidates(due);
      const lane = async () => {
        for (let gate = candidates.pop(); gate !== undefined; gate = candidates.pop()) await this.#look(gate);
      };
      await Promise.all(Array.from({ length: LANES }, lane));
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS).unref());
    }
    this.#isWorking = false;
  }

  /** Gates that may be open now: their watched target no longer keeps them closed, or they watch none. */
  async #candidates(due: readonly ClosedGate[]): Promise<ClosedGate[]> {
    const watched = due.flatMap((gate) =>
      gate.isUnseen || gate.watched === undefined ? [] : [gate.watched],
    );
    if (watched.length === 0) return [...due];
    const repos = [...new Set(watched.map(({ repo }) => repo))];
    const servers = [...new Set(watched.map(({ server }) => server))];
    try {
      const statuses = await this.#deps.store.summaries({ repos, servers });
      const byKey = new Map(statuses.map((status) => [targetKey(status.target), status] as const));
      const now = this.#deps.clock();
      return due.filter((gate) => {
        const status = gate.isUnseen ? undefined : byKey.get(gate.key);
        return status === undefined || !gate.isKeptClosedBy(status, now);
      });
    } catch {
      // The look will fail in the same way, and report it.
      return [...due];
    }
  }

  async #look(gate: ClosedGate): Promise<void> {
    // A request that comes later may know of reports that this look does not see.
    const waiters = [...gate.waiters.keys()];
    if (waiters.length === 0) return;
    gate.isUnseen = false;
    gate.missed = new Set();
    this.#looking.add(gate);
    try {
      const answer = await this.#deps.look(gate.path);
      if (answer.status === 409) this.#stillClosed(gate, answer, waiters);
      else for (const waiter of waiters) this.#settle(gate, waiter, () => waiter.answer(answer));
    } catch (error) {
      const isBusy = error instanceof DomainError && PASSING.has(error.code);
      // There is time to try again, except for requests whose time is over.
      const ended = waiters.filter((waiter) => !isBusy || gate.waiters.get(waiter) === true);
      for (const waiter of ended) this.#settle(gate, waiter, () => waiter.fail(error));
      if (gate.waiters.size > 0) this.#lookAgain(gate);
    } finally {
      this.#looking.delete(gate);
      gate.missed = undefined;
    }
  }

  #stillClosed(gate: ClosedGate, answer: Answer, waiters: readonly Waiter[]): void {
    for (const waiter of waiters) {
      if (gate.waiters.get(waiter) === true) this.#settle(gate, waiter, () => waiter.answer(answer));
    }
    if (gate.waiters.size === 0) return;
    this.#watch(gate, answer.blockedBy);
    const { missed } = gate;
    if (missed === undefined || missed.size === 0) return;
    if (gate.watched === undefined || missed.has(gate.key) || missed.has(ANY)) this.#due.add(gate);
  }

  #settle(gate: ClosedGate, waiter: Waiter, tell: () => void): void {
    if (!gate.waiters.has(waiter)) return;
    this.#remove(gate, waiter);
    tell();
  }

  #watch(gate: ClosedGate, target: Target | undefined): void {
    this.#watchNoMore(gate);
    gate.watched = target;
    const gates = this.#watching.get(gate.key) ?? new Set();
    this.#watching.set(gate.key, gates.add(gate));
  }

  #watchNoMore(gate: ClosedGate): void {
    const gates = this.#watching.get(gate.key);
    gates?.delete(gate);
    if (gates?.size === 0) this.#watching.delete(gate.key);
  }

  #remove(gate: ClosedGate, waiter: Waiter): void {
    if (!gate.waiters.delete(waiter)) return;
    this.#waiters--;
    if (gate.waiters.size > 0) return;
    this.#gates.delete(gate.path);
    this.#due.delete(gate);
    this.#watchNoMore(gate);
    if (this.#gates.size > 0) return;
    this.#stopWatching?.();
    this.#stopWatching = undefined;
  }

  #failAll(): void {
    this.#stopWatching = undefined;
    for (const gate of [...this.#gates.values()]) {
      for (const waiter of [...gate.waiters.keys()])
        this.#settle(gate, waiter, () => waiter.fail(this.#deps.stopping()));
    }
  }
}

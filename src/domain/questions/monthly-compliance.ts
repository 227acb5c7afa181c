import type { Month } from '../months.ts';
import { type Compliance, complianceFrom, newTally, type Tally } from './compliance.ts';
import type { StateHistory } from './reader.ts';
import { statesOf } from './timeline.ts';

/** The compliance of a group of targets in one month. */
export interface MonthOfGroup<K> {
  readonly group: K;
  readonly month: Month;
  readonly compliance: Compliance;
}

/**
 * Adds up targets by group and month. A target counts from its declaration or first report until it was deleted, or
 * until now. An incident counts in the month in which it opened, its time to resolve in the month in which it was resolved.
 */
export class MonthlyCompliance<K> {
  readonly #months: readonly Month[];
  readonly #now: number;
  readonly #groups = new Map<K, readonly Tally[]>();

  /** `months` follow one another, oldest first. */
  constructor(months: readonly Month[], now: number) {
    this.#months = months;
    this.#now = now;
  }

  add(group: K, history: StateHistory): void {
    const tallies = this.#groups.get(group) ?? this.#months.map(newTally);
    this.#groups.set(group, tallies);
    this.#addStates(tallies, history);
    for (const { openedAt, resolvedAt } of history.incidents) {
      const opened = tallies[this.#placeOf(openedAt)];
      if (opened !== undefined) opened.incidents++;
      if (resolvedAt !== undefined)
        tallies[this.#placeOf(resolvedAt)]?.toResolveMs.push(resolvedAt - openedAt);
    }
  }

  /** Each group and month with something to say, in the order of the groups. */
  *rows(): Generator<MonthOfGroup<K>, void> {
    for (const [group, tallies] of this.#groups) {
      for (const [i, month] of this.#months.entries()) {
        const tally = tallies[i] ?? newTally();
        const compliance = complianceFrom(tally);
        if (compliance.trackedMs > 0 || tally.incidents > 0) yield { group, month, compliance };
      }
    }
  }

  #addStates(tallies: readonly Tally[], history: StateHistory): void {
    const end = Math.min(this.#now, history.deletedAt ?? this.#now);
    let place = 0;
    for (const { state, from, to } of statesOf(history)) {
      for (; place < this.#months.length; place++) {
        const [month, tally] = [this.#months[place], tallies[place]];
        if (month === undefined || tally === undefined) return;
        tally.ms[state] += Math.max(0, Math.min(to, month.to, end) - Math.max(from, month.from));
        // The next state begins in the same month, or later.
        if (to < month.to) break;
      }
    }
  }

  /** -1 if it is in none of them. */
  #placeOf(at: number): number {
    return this.#months.findIndex(({ from, to }) => at >= from && at < to);
  }
}

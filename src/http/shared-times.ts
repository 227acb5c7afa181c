import { type StateTimes, StateTimesCounter } from '../domain/questions/state-times.ts';
import type { Queries } from '../store/queries.ts';

/** How long an answer may be given again. The answer says when its range ends. */
const KEPT_MS = 60_000;
/** Reading more periods than this takes long: then an answer is reused even if something was recorded since. */
const MANY_PERIODS = 10_000;

interface Remembered {
  readonly version: string;
  readonly isLong: boolean;
  readonly times: StateTimes;
}

/**
 * How long the fleet was in each state over a range that ends now. Open pages ask again after each change. The history
 * of a large fleet is read once a minute, that of a small one whenever something was recorded.
 */
export class SharedTimes {
  readonly #store: Pick<Queries, 'stateHistories' | 'version'>;
  #last: Remembered | undefined;

  constructor(store: Pick<Queries, 'stateHistories' | 'version'>) {
    this.#store = store;
  }

  async until(now: number, { spanMs, slices }: { spanMs: number; slices: number }): Promise<StateTimes> {
    const version = this.#store.version();
    const last = this.#last;
    const age = now - (last?.times.range.to ?? Number.NaN);
    if (last && age >= 0 && age < KEPT_MS && (last.isLong || last.version === version)) return last.times;
    const range = { from: now - spanMs, to: now };
    const counter = new StateTimesCounter(range, slices);
    let periods = 0;
    await this.#store.stateHistories({}, range, (history) => {
      if (history.deletedAt !== undefined) return;
      periods += history.periods.length;
      counter.add(history);
    });
    const times = counter.times();
    this.#last = { version, isLong: periods > MANY_PERIODS, times };
    return times;
  }
}

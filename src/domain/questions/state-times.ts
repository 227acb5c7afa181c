import type { Range } from '../instant.ts';
import { STATES, type State } from '../state.ts';
import { targetKey } from '../target.ts';
import type { StateHistory } from './reader.ts';
import { statesOf } from './timeline.ts';

/** How long each state lasted, in milliseconds. */
export type StateMs = Readonly<Record<State, number>>;

/** How long a fleet was in each state. A target counts from its first report or its declaration on. */
export interface StateTimes {
  readonly range: Range;
  /** Of all targets together, in equal slices of the range. */
  readonly slices: readonly StateMs[];
  /** Of each target over the whole range, by `targetKey`. */
  readonly byTarget: ReadonlyMap<string, StateMs>;
}

/** Counts the histories that it is given, one after the other. `range.to` must not be after now. */
export class StateTimesCounter {
  readonly #range: Range;
  readonly #sliceMs: number;
  readonly #slices: Record<State, number>[];
  /** How many targets were in a state over a whole slice, as differences from one slice to the next. */
  readonly #wholes: Record<State, number>[];
  readonly #byTarget = new Map<string, StateMs>();

  constructor(range: Range, slices: number) {
    this.#range = range;
    this.#sliceMs = (range.to - range.from) / slices;
    this.#slices = Array.from({ length: slices }, noTime);
    this.#wholes = Array.from({ length: slices + 1 }, noTime);
  }

  add(history: StateHistory): void {
    const ofTarget = noTime();
    for (const { state, from, to } of statesOf(history)) {
      const [start, end] = [Math.max(from, this.#range.from), Math.min(to, this.#range.to)];
      if (start >= end) continue;
      ofTarget[state] += end - start;
      this.#addToSlices(state, start - this.#range.from, end - this.#range.from);
    }
    this.#byTarget.set(targetKey(history.target), ofTarget);
  }

  times(): StateTimes {
    const whole = noTime();
    const slices = this.#slices.map((slice, i) => {
      for (const state of STATES) whole[state] += this.#wholes[i]?.[state] ?? 0;
      return {
        SYNCED: slice.SYNCED + whole.SYNCED * this.#sliceMs,
        OUT_OF_SYNC: slice.OUT_OF_SYNC + whole.OUT_OF_SYNC * this.#sliceMs,
        UNKNOWN: slice.UNKNOWN + whole.UNKNOWN * this.#sliceMs,
        STALE: slice.STALE + whole.STALE * this.#sliceMs,
      };
    });
    return { range: this.#range, slices, byTarget: this.#byTarget };
  }

  /** `from` and `to` count from the start of the range. */
  #addToSlices(state: State, from: number, to: number): void {
    const sliceMs = this.#sliceMs;
    const first = Math.floor(from / sliceMs);
    const last = Math.floor(to / sliceMs);
    if (first === last) {
      this.#addTo(this.#slices, { state, at: first, ms: to - from });
      return;
    }
    this.#addTo(this.#slices, { state, at: first, ms: (first + 1) * sliceMs - from });
    this.#addTo(this.#slices, { state, at: last, ms: to - last * sliceMs });
    // `first === last - 1`: no whole slice lies between, and the two cancel out.
    this.#addTo(this.#wholes, { state, at: first + 1, ms: 1 });
    this.#addTo(this.#wholes, { state, at: last, ms: -1 });
  }

  #addTo(
    slices: readonly Record<State, number>[],
    { state, at, ms }: { state: State; at: number; ms: number },
  ): void {
    const slice = slices[at];
    // The end of the range is in no slice.
    if (slice !== undefined) slice[state] += ms;
  }
}

/** Several of them together. */
export function sumTimes(times: Iterable<StateMs>): StateMs {
  const sum = noTime();
  for (const ms of times) {
    sum.SYNCED += ms.SYNCED;
    sum.OUT_OF_SYNC += ms.OUT_OF_SYNC;
    sum.UNKNOWN += ms.UNKNOWN;
    sum.STALE += ms.STALE;
  }
  return sum;
}

function noTime(): Record<State, number> {
  return { SYNCED: 0, OUT_OF_SYNC: 0, UNKNOWN: 0, STALE: 0 };
}

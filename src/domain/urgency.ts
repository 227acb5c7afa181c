import { compareSeverity, type State } from './state.ts';

interface LastingState {
  readonly state: State;
  /** Since when the state has lasted. */
  readonly since: number;
}

interface Drift {
  readonly state: State;
  readonly driftCount: number | undefined;
}

/** Orders what needs somebody first: the worst state before the better, and of one state what has lasted longest. */
export function compareUrgency(a: LastingState, b: LastingState): number {
  return compareSeverity(a.state, b.state) || a.since - b.since;
}

/** Orders the worse first: the worst state, and of one state the most files. An unknown number counts below every known one. */
export function compareDrift(a: Drift, b: Drift): number {
  return compareSeverity(a.state, b.state) || (b.driftCount ?? -1) - (a.driftCount ?? -1);
}

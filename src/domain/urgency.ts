import { compareSeverity, type State } from './state.ts';

interface Standing {
  readonly state: State;
  /** Since when the state has lasted. */
  readonly since: number;
}

/** Orders what needs somebody first: the worst state before the better, and of one state what has lasted longest. */
export function compareUrgency(a: Standing, b: Standing): number {
  return compareSeverity(a.state, b.state) || a.since - b.since;
}

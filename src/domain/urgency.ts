import { compareSeverity, type State } from './state.ts';

interface StateSince {
  readonly state: State;
  /** When the state began. */
  readonly since: number;
}

interface Drift {
  readonly state: State;
  readonly driftCount: number | undefined;
}

/** Sorts by urgency: the worst state first, then the one that has lasted longest. */
export function compareUrgency(a: StateSince, b: StateSince): number {
  return compareSeverity(a.state, b.state) || a.since - b.since;
}

/** Sorts the worst state first, then the most files. An unknown number counts as less than any known one. */
export function compareDrift(a: Drift, b: Drift): number {
  return compareSeverity(a.state, b.state) || (b.driftCount ?? -1) - (a.driftCount ?? -1);
}

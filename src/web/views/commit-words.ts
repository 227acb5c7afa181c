import { plural } from './words.ts';

/** How far a commit has come. */
export interface Reach {
  /** Whether it is on some target now, or still on its way to one. */
  readonly isThere: boolean;
  /** How many targets it was seen on, or is still to come to. */
  readonly targets: number;
  /** How many were in sync with it. */
  readonly synced: number;
}

/** `is on 2 of 3 targets`. */
export function reachWords({ isThere, synced, targets }: Reach): string {
  return `${isThere ? 'is' : 'was'} on ${synced} of ${plural(targets, 'target')}`;
}

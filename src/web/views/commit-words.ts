import { plural } from './words.ts';

/** How far a commit has come. */
export interface Reach {
  /** Whether some target has it now, or still waits for it. */
  readonly isThere: boolean;
  /** How many targets have had it, or wait for it. */
  readonly targets: number;
  /** How many were in sync with it. */
  readonly synced: number;
}

/** `is on 2 of 3 targets`. */
export function reachWords({ isThere, synced, targets }: Reach): string {
  return `${isThere ? 'is' : 'was'} on ${synced} of ${plural(targets, 'target')}`;
}

import type { FindingSummary } from '../domain/finding.ts';
import type { State } from '../domain/state.ts';
import { type ExpectedStatus, stateOf, type TargetStatus } from '../domain/target-status.ts';
import { compareDrift } from '../domain/urgency.ts';

/** The content of a badge. The words alone are enough; the colour only repeats them. */
export interface Badge {
  readonly label: string;
  readonly message: string;
  /** A colour name of shields.io. */
  readonly color: string;
}

type Status =
  | Pick<TargetStatus<FindingSummary>, 'finding' | 'checkedAt' | 'staleAt'>
  | Pick<ExpectedStatus, 'finding' | 'checkedAt' | 'staleAt'>;

const COLORS: Readonly<Record<State, string>> = {
  SYNCED: 'brightgreen',
  STALE: 'lightgrey',
  UNKNOWN: 'orange',
  OUT_OF_SYNC: 'red',
};

/** The badge of some targets at an instant: it shows the worst state, and of two drifts the one with more files. */
export function badgeOf(label: string, targets: readonly Status[], at: number): Badge {
  const [worst] = targets
    .map((status) => ({
      state: stateOf(status, at),
      driftCount: status.finding?.driftCount,
      hasReported: status.finding !== undefined,
    }))
    .sort(compareDrift);
  if (worst === undefined) return { label, message: 'no such target', color: 'lightgrey' };
  return { label, message: messageOf(worst), color: COLORS[worst.state] };
}

/** The widths of all letters are a megabyte: they are loaded with the first badge. */
export async function renderBadge(badge: Badge): Promise<string> {
  const { makeBadge } = await import('badge-maker');
  return makeBadge(badge);
}

interface Worst {
  readonly state: State;
  readonly driftCount: number | undefined;
  readonly hasReported: boolean;
}

function messageOf({ state, driftCount, hasReported }: Worst): string {
  switch (state) {
    case 'SYNCED':
      return 'in sync';
    case 'STALE':
      return hasReported ? 'stale' : 'never reported';
    case 'UNKNOWN':
      return 'unknown';
    case 'OUT_OF_SYNC':
      return driftCount === undefined ? 'drifted' : `drifted (${driftCount})`;
  }
}

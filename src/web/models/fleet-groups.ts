import { groupBy } from '../../domain/group-by.ts';
import { type StateTimes, sumTimes } from '../../domain/questions/state-times.ts';
import { compareSeverity, type State } from '../../domain/state.ts';
import { compareText, targetKey } from '../../domain/target.ts';
import type { FleetGroup, TargetRow } from '../views/fleet-view.ts';
import { ratiosOf } from './fleet-times.ts';

/** All targets by repo, or by a label; the group with the worst target first. */
export function groupsOf(rows: readonly TargetRow[], by: string, { byTarget }: StateTimes): FleetGroup[] {
  const nameOf = ({ repo, labels }: TargetRow) => {
    if (by === 'repo') return repo;
    return Object.hasOwn(labels, by) ? labels[by] : undefined;
  };
  return [...groupBy(rows, nameOf)]
    .map(([name, group]): FleetGroup => {
      const targets = [...group].sort(compareTargetRows);
      const times = targets.flatMap((target) => byTarget.get(targetKey(target)) ?? []);
      return { name, targets, counts: countsOf(targets), inSyncRatio: ratiosOf(sumTimes(times)).inSyncRatio };
    })
    .sort(compareGroups);
}

/** What groups can be made by. */
export function groupingsOf(rows: readonly TargetRow[]): string[] {
  const keys = new Set(rows.flatMap(({ labels }) => Object.keys(labels)));
  keys.delete('repo');
  return ['repo', ...[...keys].sort(compareText)];
}

function compareTargetRows(a: TargetRow, b: TargetRow): number {
  return compareSeverity(a.worst, b.worst) || compareText(a.repo, b.repo) || compareText(a.server, b.server);
}

/** Those without the label come last. */
function compareGroups(a: FleetGroup, b: FleetGroup): number {
  const isNamed = (group: FleetGroup) => Number(group.name === undefined);
  return (
    isNamed(a) - isNamed(b) ||
    compareSeverity(worstOf(a), worstOf(b)) ||
    compareText(a.name ?? '', b.name ?? '')
  );
}

function worstOf({ targets: [worst] }: FleetGroup): State {
  return worst?.worst ?? 'SYNCED';
}

function countsOf(targets: readonly TargetRow[]): FleetGroup['counts'] {
  const counts = { SYNCED: 0, OUT_OF_SYNC: 0, UNKNOWN: 0, STALE: 0 };
  for (const { worst } of targets) counts[worst]++;
  return counts;
}

import type { Month } from '../months.ts';
import { compareText, type Target } from '../target.ts';
import { type Selection, selectedTargets } from './histories.ts';
import { MonthlyCompliance, type MonthOfGroup } from './monthly-compliance.ts';
import type { HistoryReader, StateHistory } from './reader.ts';

/** Which targets are added up: each alone, those of a repo, those with one value of a label, or all. */
export type Grouping =
  | { readonly by: 'target' | 'repo' | 'all' }
  | { readonly by: 'label'; readonly key: string };

/** What the targets of a group have in common. */
export interface Group extends Partial<Target> {
  /** The value of the label; also undefined for targets without it. */
  readonly label?: string | undefined;
}

interface Asked {
  /** They follow one another, oldest first; the first has begun. */
  readonly months: readonly [Month, ...Month[]];
  readonly now: number;
}

/** The groups of each grouping by name, with the months of each group. All come from one reading. */
export async function complianceByMonth(
  reader: HistoryReader,
  selection: Selection,
  groupings: readonly Grouping[],
  { months, now }: Asked,
): Promise<readonly MonthOfGroup<Group>[][]> {
  const sums = groupings.map((grouping) => new GroupSum(grouping, { months, now }));
  const range = { from: months[0].from, to: Math.min(months.at(-1)?.to ?? now, now) };
  const part = { isWanted: await selectedTargets(reader, selection, now) };
  await reader.stateHistories(
    selection.filter,
    range,
    (history) => {
      for (const sum of sums) sum.add(history);
    },
    part,
  );
  return sums.map((sum) => sum.rows());
}

class GroupSum {
  readonly #grouping: Grouping;
  readonly #months: MonthlyCompliance<Group>;
  readonly #groups = new Map<string, Group>();

  constructor(grouping: Grouping, { months, now }: Asked) {
    this.#grouping = grouping;
    this.#months = new MonthlyCompliance(months, now);
  }

  add(history: StateHistory): void {
    const group = groupOf(history, this.#grouping);
    const key = JSON.stringify(group);
    const known = this.#groups.get(key) ?? group;
    this.#groups.set(key, known);
    this.#months.add(known, history);
  }

  rows(): MonthOfGroup<Group>[] {
    const rows = [...this.#months.rows()];
    // Targets are sorted by name, not by label. Those without the label come last.
    if (this.#grouping.by !== 'label') return rows;
    return rows.sort(({ group: { label: a } }, { group: { label: b } }) => {
      if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
      return compareText(a, b);
    });
  }
}

function groupOf({ target, labels }: StateHistory, grouping: Grouping): Group {
  switch (grouping.by) {
    case 'target':
      return target;
    case 'repo':
      return { repo: target.repo };
    case 'label':
      return Object.hasOwn(labels, grouping.key) ? { label: labels[grouping.key] } : {};
    case 'all':
      return {};
  }
}

import { z } from '@hono/zod-openapi';
import { complianceOf } from '../domain/compliance.ts';
import { groupBy } from '../domain/group-by.ts';
import type { Range } from '../domain/instant.ts';
import { segmentsOf } from '../domain/timeline.ts';
import { type complianceRow, toComplianceRow } from './schemas/history.ts';
import type { TargetHistory } from './target-histories.ts';

const GROUPINGS = ['target', 'repo', 'all'] as const;
type Grouping = (typeof GROUPINGS)[number];

export const groupByParam = z
  .enum(GROUPINGS, `must be one of ${GROUPINGS.join(', ')}`)
  .default('target')
  .openapi({ description: 'One row per target, per repo, or one for all.' });

/** How well targets kept in sync, a row per group; targets that were not tracked yet count for none. */
export function complianceRows(
  histories: readonly TargetHistory[],
  { range, groupBy: by }: { range: Range; groupBy: Grouping },
): z.infer<typeof complianceRow>[] {
  const groups = groupBy(histories.filter(isTrackedIn(range)), ({ target }) => groupKey(target, by));
  return [...groups.values()].map((group) =>
    toComplianceRow(
      groupName(group, by),
      complianceOf(
        group.flatMap(({ periods }) => segmentsOf(periods, range)),
        group.flatMap(({ incidents }) => incidents),
      ),
    ),
  );
}

/** Tracking starts at the first report: before it there is nothing to be in sync with. */
function isTrackedIn(range: Range) {
  return ({ periods: [first] }: TargetHistory) => first !== undefined && first.startedAt < range.to;
}

function groupKey({ repo, server }: TargetHistory['target'], by: Grouping): string {
  if (by === 'all') return '';
  return by === 'repo' ? repo : `${repo} ${server}`;
}

function groupName([first]: readonly TargetHistory[], by: Grouping) {
  return {
    repo: by === 'all' ? null : (first?.target.repo ?? null),
    server: by === 'target' ? (first?.target.server ?? null) : null,
  };
}

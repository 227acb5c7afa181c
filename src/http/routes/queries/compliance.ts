import { OpenAPIHono, z } from '@hono/zod-openapi';
import { groupBy } from '../../../domain/group-by.ts';
import type { Range } from '../../../domain/instant.ts';
import { complianceOf } from '../../../domain/questions/compliance.ts';
import { type TargetHistory, targetHistories } from '../../../domain/questions/histories.ts';
import { rangeOf } from '../../../domain/questions/range.ts';
import { segmentsOf } from '../../../domain/questions/timeline.ts';
import type { QueryDeps } from '../../deps.ts';
import { complianceRow, toComplianceRow } from '../../schemas/history.ts';
import { filterParams, rangeAsked, rangeParams, selectionOf } from '../../schemas/query.ts';
import { answerRows, listRoute } from './list.ts';

const GROUPINGS = ['target', 'repo', 'all'] as const;
type Grouping = (typeof GROUPINGS)[number];

const groupByParam = z
  .enum(GROUPINGS, `must be one of ${GROUPINGS.join(', ')}`)
  .default('target')
  .openapi({ description: 'One row per target, per repo, or one for all.' });

const describe = (path: string, operationId: string) =>
  listRoute({
    path,
    operationId,
    summary: 'How well targets kept in sync over a range',
    description:
      'Seconds per state since the declaration or the first report, the share in sync of the time that was known, and the time it ' +
      'took to resolve incidents. Silence and UNKNOWN count as neither health nor drift: `coverage` shows them.',
    query: { ...filterParams, ...rangeParams, group_by: groupByParam },
    row: complianceRow,
  });

export function complianceRoutes({ store, clock }: Pick<QueryDeps, 'store' | 'clock'>) {
  const app = new OpenAPIHono();
  for (const route of [
    describe('/api/v1/compliance', 'getCompliance'),
    describe('/grafana/compliance', 'getGrafanaCompliance'),
  ]) {
    app.openapi(route, async (c) => {
      const query = c.req.valid('query');
      const now = clock();
      const range = rangeOf(rangeAsked(query, now), now);
      // A row for each target is a history for each; one for many needs them all.
      const limit = query.group_by === 'target' ? query.limit : undefined;
      const histories = await targetHistories(store, selectionOf(query), { range, now, limit });
      const rows = complianceRows(histories, { range, groupBy: query.group_by });
      return answerRows(c, rows, { row: complianceRow, ...query, readUpTo: limit });
    });
  }
  return app;
}

/** The compliance of targets, a row per group. Tracking starts when a target was declared, or at its first report. */
function complianceRows(
  histories: readonly TargetHistory[],
  { range, groupBy: by }: { range: Range; groupBy: Grouping },
): z.infer<typeof complianceRow>[] {
  const groups = groupBy(histories, ({ target }) => groupKey(target, by));
  return [...groups.values()].map((group) =>
    toComplianceRow(
      groupName(group, by),
      complianceOf(
        group.flatMap((history) => segmentsOf(history, range)),
        group.flatMap(({ incidents }) => incidents),
      ),
    ),
  );
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

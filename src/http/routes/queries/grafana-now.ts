import { OpenAPIHono, z } from '@hono/zod-openapi';
import type { FindingSummary } from '../../../domain/finding.ts';
import { complianceOf } from '../../../domain/questions/compliance.ts';
import { selectedStatuses, selectedSummaries, targetHistories } from '../../../domain/questions/histories.ts';
import { labelsOf } from '../../../domain/questions/label-filter.ts';
import { type MutableStatus, mutingAt } from '../../../domain/questions/muting.ts';
import { rangeOf } from '../../../domain/questions/range.ts';
import type { StatusDetails } from '../../../domain/questions/reader.ts';
import { segmentsOf } from '../../../domain/questions/timeline.ts';
import type { State } from '../../../domain/state.ts';
import type { Queries } from '../../../store/queries.ts';
import type { QueryDeps } from '../../deps.ts';
import { targetMuting } from '../../muting.ts';
import { rowsOf } from '../../rows-json.ts';
import {
  grafanaAlertRow,
  grafanaStatusRow,
  grafanaSummaryRow,
  grafanaVariableRow,
  toGrafanaStatusRow,
} from '../../schemas/grafana.ts';
import {
  filterParams,
  mutedParam,
  type RangeQuery,
  rangeAsked,
  rangeParams,
  selectionOf,
  type TargetQuery,
  targetFilter,
} from '../../schemas/query.ts';
import { answerRows, listRoute } from './list.ts';

type Condition = (typeof CONDITION_NAMES)[number];
const CONDITION_NAMES = ['out_of_sync', 'unknown', 'stale', 'not_synced'] as const;

const CONDITIONS: Readonly<Record<Condition, readonly State[]>> = {
  out_of_sync: ['OUT_OF_SYNC'],
  unknown: ['UNKNOWN'],
  stale: ['STALE'],
  not_synced: ['OUT_OF_SYNC', 'UNKNOWN', 'STALE'],
};

const status = listRoute({
  path: '/grafana/status',
  operationId: 'getGrafanaStatus',
  summary: 'For a table: the latest of every target',
  query: { ...filterParams, ...mutedParam },
  row: grafanaStatusRow,
});

const summary = listRoute({
  path: '/grafana/summary',
  operationId: 'getGrafanaSummary',
  summary: 'For stat panels: one row about all targets',
  query: { ...filterParams, ...rangeParams },
  row: grafanaSummaryRow,
});

const alerts = listRoute({
  path: '/grafana/alerts',
  operationId: 'getGrafanaAlerts',
  summary: 'For alert rules: one number per target, without a time, a row for each known target',
  description:
    'With `muted=false` the value is 1 only where the condition holds and is not muted. A muted target keeps its row, ' +
    'so that no rule takes it for missing data.',
  query: {
    ...filterParams,
    ...mutedParam,
    condition: z
      .enum(CONDITION_NAMES, `must be one of ${CONDITION_NAMES.join(', ')}`)
      .default('not_synced')
      .openapi({ description: 'What the value is 1 for.' }),
  },
  row: grafanaAlertRow,
});

const repos = listRoute({
  path: '/grafana/variables/repos',
  operationId: 'getGrafanaRepos',
  summary: 'For a template variable: the repos',
  query: filterParams,
  row: grafanaVariableRow,
});

const servers = listRoute({
  path: '/grafana/variables/servers',
  operationId: 'getGrafanaServers',
  summary: 'For a template variable: the servers',
  query: filterParams,
  row: grafanaVariableRow,
});

const labels = listRoute({
  path: '/grafana/variables/labels',
  operationId: 'getGrafanaLabels',
  summary: 'For a template variable: the labels of targets, each as `key:value`',
  query: filterParams,
  row: grafanaVariableRow,
});

export function grafanaNowRoutes({ store, clock }: Pick<QueryDeps, 'store' | 'clock'>) {
  return new OpenAPIHono()
    .openapi(status, async (c) => {
      const query = c.req.valid('query');
      const now = clock();
      const { limit } = query;
      const { muting, isAsMuted } = await targetMuting(store, query, { now });
      const statuses = await selectedStatuses(store, selectionOf(query), { now, limit, isAlso: isAsMuted });
      const rows = rowsOf(statuses, (status) =>
        toGrafanaStatusRow(status, { now, mute: muting.ofStatus(status) }),
      );
      return answerRows(c, rows, { row: grafanaStatusRow, forPanels: true, ...query, readUpTo: limit });
    })
    .openapi(summary, async (c) => {
      const query = c.req.valid('query');
      return answerRows(c, [await summaryOf(store, query, clock())], { row: grafanaSummaryRow, ...query });
    })
    .openapi(alerts, async (c) => {
      const query = c.req.valid('query');
      const now = clock();
      const { muted } = query;
      const muting = muted === undefined ? undefined : await mutingAt(store, targetFilter(query), now);
      const isAsked = (status: MutableStatus) =>
        muting === undefined || (muting.ofState(status) !== undefined) === muted;
      const rows = (await selectedSummaries(store, selectionOf(query), now)).map(({ status, state }) => ({
        ...status.target,
        value: CONDITIONS[query.condition].includes(state) && isAsked(status) ? 1 : 0,
      }));
      return answerRows(c, rows, { row: grafanaAlertRow, ...query });
    })
    .openapi(repos, async (c) => {
      const query = c.req.valid('query');
      const statuses = await selectedSummaries(store, selectionOf(query), clock());
      return answerRows(c, optionsOf(statuses.map(({ status }) => status.target.repo)), {
        row: grafanaVariableRow,
        ...query,
      });
    })
    .openapi(servers, async (c) => {
      const query = c.req.valid('query');
      const statuses = await selectedSummaries(store, selectionOf(query), clock());
      return answerRows(c, optionsOf(statuses.map(({ status }) => status.target.server)), {
        row: grafanaVariableRow,
        ...query,
      });
    })
    .openapi(labels, async (c) => {
      const query = c.req.valid('query');
      const statuses = await selectedSummaries(store, selectionOf(query), clock());
      return answerRows(c, optionsOf(labelsOf(statuses.map(({ status }) => status))), {
        row: grafanaVariableRow,
        ...query,
      });
    });
}

async function summaryOf(
  store: Queries,
  query: TargetQuery & RangeQuery,
  now: number,
): Promise<z.infer<typeof grafanaSummaryRow>> {
  const range = rangeOf(rangeAsked(query, now), now);
  const [statuses, histories] = await Promise.all([
    selectedSummaries(store, selectionOf(query), now),
    targetHistories(store, selectionOf(query), { range, now }),
  ]);
  const segments = histories.flatMap((history) => segmentsOf(history, range));
  const { inSyncRatio, coverage } = complianceOf(segments, []);
  const inState = (wanted: State) => statuses.filter(({ state }) => state === wanted);
  return {
    targets: statuses.length,
    synced: inState('SYNCED').length,
    out_of_sync: inState('OUT_OF_SYNC').length,
    unknown: inState('UNKNOWN').length,
    stale: inState('STALE').length,
    open_incidents: statuses.filter(({ status }) => status.incident !== undefined).length,
    ...driftedFiles(inState('OUT_OF_SYNC').map(({ status }) => status)),
    in_sync_ratio: inSyncRatio ?? null,
    coverage: coverage ?? null,
  };
}

/** The sum of the known drift counts, and how many are not known; null where targets have drifted and none is known. */
function driftedFiles(drifted: readonly Pick<StatusDetails<FindingSummary>, 'finding'>[]) {
  const counts = drifted.flatMap(({ finding }) => finding?.driftCount ?? []);
  const isKnown = drifted.length === 0 || counts.length > 0;
  return {
    drifted_files: isKnown ? counts.reduce((sum, count) => sum + count, 0) : null,
    uncounted: drifted.length - counts.length,
  };
}

function optionsOf(names: readonly string[]): z.infer<typeof grafanaVariableRow>[] {
  return [...new Set(names)].sort().map((name) => ({ text: name, value: name }));
}

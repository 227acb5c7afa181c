import { OpenAPIHono, z } from '@hono/zod-openapi';
import type { FindingSummary } from '../../../domain/finding.ts';
import {
  alertValue,
  secondsSinceLastReport,
  TARGET_CONDITIONS,
} from '../../../domain/questions/alert-value.ts';
import { complianceOf } from '../../../domain/questions/compliance.ts';
import { selectedStatuses } from '../../../domain/questions/histories.ts';
import { type Muting, mutingAt } from '../../../domain/questions/muting.ts';
import { rangeOf } from '../../../domain/questions/range.ts';
import type { StatusDetails } from '../../../domain/questions/reader.ts';
import type { State } from '../../../domain/state.ts';
import { compareTargets } from '../../../domain/target.ts';
import { sinceOf, stateOf } from '../../../domain/target-status.ts';
import { compareUrgency } from '../../../domain/urgency.ts';
import { targetMuting } from '../../muting.ts';
import { rowsOf } from '../../rows-json.ts';
import {
  grafanaAlertRow,
  grafanaStatusRow,
  grafanaSummaryRow,
  toGrafanaStatusRow,
} from '../../schemas/grafana.ts';
import type { AskedInstant } from '../../schemas/instant.ts';
import {
  atParam,
  filterParams,
  mutedParam,
  type RangeQuery,
  rangeAsked,
  rangeParams,
  selectionOf,
  type TargetQuery,
  targetFilter,
} from '../../schemas/query.ts';
import type { SharedDeps, SharedHistories } from '../../shared-histories.ts';
import { answerRows, listRoute } from './list.ts';

const CONDITIONS = [...TARGET_CONDITIONS, 'no_report'] as const;

const SORTS = ['target', 'urgency'] as const;

const status = listRoute({
  path: '/grafana/status',
  operationId: 'listGrafanaStatus',
  summary: 'For a table: the latest of every target',
  description: 'With `at`, the answer as it was at that instant.',
  query: {
    ...filterParams,
    ...mutedParam,
    ...atParam,
    sort: z
      .enum(SORTS, `must be one of ${SORTS.join(', ')}`)
      .default('target')
      .openapi({
        title: 'StatusSort',
        description: 'By name, or by urgency: the worst state first, and then the longest.',
      }),
  },
  row: grafanaStatusRow,
});

const summary = listRoute({
  path: '/grafana/summary',
  operationId: 'listGrafanaSummary',
  summary: 'For stat panels: one row about all targets',
  description: 'With `at`, the answer as it was at that instant; by default the end of the range.',
  query: { ...filterParams, ...rangeParams, ...atParam },
  row: grafanaSummaryRow,
});

const alerts = listRoute({
  path: '/grafana/alerts',
  operationId: 'listGrafanaAlerts',
  summary: 'For alert rules: a row for each known target, with one number and no time',
  description:
    'With `muted=false` the value is also 0 if the condition holds and is muted. A muted target keeps ' +
    'its row, because a rule would take a missing row for missing data. With `condition=no_report` the ' +
    'answer is one row about all targets, with null for repo and server. Mutes do not change it, and ' +
    'there is no row if nothing was ever reported.',
  query: {
    ...filterParams,
    ...mutedParam,
    condition: z
      .enum(CONDITIONS, `must be one of ${CONDITIONS.join(', ')}`)
      .default('not_synced')
      .openapi({
        title: 'AlertCondition',
        description:
          'The value is 1 for a target in this condition. For `open_incident` it is the seconds since the ' +
          'incident was opened, 0 if none is open. For `no_report` it is the seconds since the last report of ' +
          'any target.',
      }),
  },
  row: grafanaAlertRow,
});

export function grafanaNowRoutes({ store, histories, clock }: SharedDeps) {
  return new OpenAPIHono()
    .openapi(status, async (c) => {
      const query = c.req.valid('query');
      const { at, now } = instantsOf(query, clock());
      const { muting, isAsMuted } = await targetMuting(store, query, { now, at });
      // The worst targets are known only once all were read.
      const limit = query.sort === 'target' ? query.limit : undefined;
      const found = await selectedStatuses(store, selectionOf(query), { now, at, limit, isAlso: isAsMuted });
      const statuses = query.sort === 'target' ? found : byUrgency(found, at ?? now);
      const rows = rowsOf(statuses, (status) =>
        toGrafanaStatusRow(status, { now: at ?? now, mute: muting.ofStatus(status) }),
      );
      return answerRows(c, rows, { row: grafanaStatusRow, forPanels: true, ...query, readUpTo: limit });
    })
    .openapi(summary, async (c) => {
      const query = c.req.valid('query');
      const row = await summaryOf({ store, histories }, query, clock());
      return answerRows(c, [row], { row: grafanaSummaryRow, ...query });
    })
    .openapi(alerts, async (c) => {
      const query = c.req.valid('query');
      const now = clock();
      const { muted, condition } = query;
      const muting = muted === undefined ? undefined : await mutingAt(store, targetFilter(query), now);
      const targets = await histories.summaries(selectionOf(query), now);
      const rows = alertRows(targets, { condition, muting, muted, now });
      return answerRows(c, rows, { row: grafanaAlertRow, ...query });
    });
}

/** The requested instant, if any: never later than now. */
function instantsOf({ at }: { at?: AskedInstant | undefined }, now: number) {
  const asked = at?.(now);
  return { now, at: asked === undefined ? undefined : Math.min(asked, now) };
}

/** The worst targets come first. */
function byUrgency(statuses: readonly StatusDetails[], at: number): StatusDetails[] {
  return statuses
    .map((status) => ({ status, state: stateOf(status, at), since: sinceOf(status, at) }))
    .sort((a, b) => compareUrgency(a, b) || compareTargets(a.status.target, b.status.target))
    .map(({ status }) => status);
}

type SummaryAt = Awaited<ReturnType<SharedHistories['summaries']>>[number];

interface AlertQuestion {
  readonly condition: (typeof CONDITIONS)[number];
  /** Undefined if `muted` is. */
  readonly muting: Muting | undefined;
  readonly muted: boolean | undefined;
  readonly now: number;
}

function alertRows(
  targets: readonly SummaryAt[],
  { condition, muting, muted, now }: AlertQuestion,
): z.infer<typeof grafanaAlertRow>[] {
  if (condition === 'no_report') return noReportRow(targets, now);
  const muteOf = ({ status }: SummaryAt) =>
    condition === 'open_incident' ? muting?.ofCondition(status, 'drift') : muting?.ofState(status);
  return targets.map((target) => {
    const { status, state } = target;
    const isAsked = muted === undefined || (muteOf(target) !== undefined) === muted;
    const value = isAsked ? alertValue(condition, { state, incident: status.incident }, now) : 0;
    return { ...status.target, value };
  });
}

function noReportRow(targets: readonly SummaryAt[], now: number): z.infer<typeof grafanaAlertRow>[] {
  const value = secondsSinceLastReport(
    targets.map(({ status }) => status),
    now,
  );
  return value === undefined ? [] : [{ repo: null, server: null, value }];
}

type SummaryQuery = TargetQuery &
  RangeQuery & { readonly at?: AskedInstant | undefined; readonly fields?: readonly string[] | undefined };

async function summaryOf(
  { store, histories }: Pick<SharedDeps, 'store' | 'histories'>,
  query: SummaryQuery,
  clockNow: number,
): Promise<z.infer<typeof grafanaSummaryRow>> {
  const { now, at } = instantsOf(query, clockNow);
  const statuses = await summariesAt({ store, histories }, query, { now, at });
  const { inSyncRatio, coverage } = needsRange(query)
    ? await complianceIn(histories, query, { now, until: at ?? now })
    : NOT_ASKED;
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

const NOT_ASKED = { inSyncRatio: undefined, coverage: undefined };

/** The history of the range is read only for questions about the range. */
function needsRange({ fields }: SummaryQuery): boolean {
  return fields === undefined || fields.includes('in_sync_ratio') || fields.includes('coverage');
}

async function summariesAt(
  { store, histories }: Pick<SharedDeps, 'store' | 'histories'>,
  query: SummaryQuery,
  { now, at }: { now: number; at: number | undefined },
) {
  if (at === undefined) return histories.summaries(selectionOf(query), now);
  const statuses = await selectedStatuses(store, selectionOf(query), { now, at });
  return statuses.map((status) => ({ status, state: stateOf(status, at) }));
}

async function complianceIn(
  histories: SharedHistories,
  query: SummaryQuery,
  { now, until }: { now: number; until: number },
) {
  const range = rangeOf(rangeAsked(query, now), until);
  const found = await histories.segmented(selectionOf(query), { range, now });
  return complianceOf(
    found.flatMap(({ segments }) => segments),
    [],
  );
}

/**
 * The sum of the known drift counts, and how many are not known; null if targets have drifted and no count is known.
 */
function driftedFiles(drifted: readonly Pick<StatusDetails<FindingSummary>, 'finding'>[]) {
  const counts = drifted.flatMap(({ finding }) => finding?.driftCount ?? []);
  const isKnown = drifted.length === 0 || counts.length > 0;
  return {
    drifted_files: isKnown ? counts.reduce((sum, count) => sum + count, 0) : null,
    uncounted: drifted.length - counts.length,
  };
}

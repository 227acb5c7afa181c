import { DATASOURCE, type InfinityQuery, infinity } from './infinity-query.ts';

interface RuleOptions {
  readonly uid: string;
  readonly title: string;
  readonly condition: 'out_of_sync' | 'stale' | 'unknown';
  readonly for: string;
  readonly severity: 'warning' | 'critical';
  readonly noDataState: 'OK' | 'NoData';
  readonly summary: string;
}

/** Grafana's file format for alert rules: one instance per target, firing where its value is 1. */
export function alertRules() {
  return {
    apiVersion: 1,
    groups: [
      {
        orgId: 1,
        name: 'gitops-drift',
        folder: 'GitOps',
        interval: '1m',
        rules: RULES.map(rule),
      },
    ],
  };
}

/** The panel that marks when a rule fired: the state of each target. */
const TIMELINE_PANEL = 4;

// Annotations speak of `.Labels`, not `$labels`: Grafana expands `$name` in provisioned files as a variable of
// its environment, and how to prevent that differs between its versions.
const TARGET = '{{ .Labels.repo }} on {{ .Labels.server }}';

const RULES: readonly RuleOptions[] = [
  {
    uid: 'gitops-out-of-sync',
    title: 'GitOps target drifted',
    condition: 'out_of_sync',
    for: '15m',
    severity: 'warning',
    noDataState: 'OK',
    summary: `${TARGET} has not matched its Git repo for 15 minutes.`,
  },
  {
    uid: 'gitops-stale',
    title: 'GitOps target silent',
    condition: 'stale',
    // The server has waited for the next report already before it says STALE.
    for: '0s',
    severity: 'warning',
    // No target at all is silence, too: one rule says so, so that it is said once.
    noDataState: 'NoData',
    summary: `${TARGET} has stopped reporting: nobody knows whether it still matches its Git repo.`,
  },
  {
    uid: 'gitops-unknown',
    title: 'GitOps check cannot tell',
    condition: 'unknown',
    for: '15m',
    severity: 'warning',
    noDataState: 'OK',
    summary: `The check of ${TARGET} has failed for 15 minutes: nobody knows whether it matches its Git repo.`,
  },
];

function rule({ uid, title, condition, severity, noDataState, summary, for: pending }: RuleOptions) {
  return {
    uid,
    title,
    condition: 'B',
    for: pending,
    noDataState,
    // A server that cannot be asked is not health.
    execErrState: 'Error',
    isPaused: false,
    dashboardUid: 'gitops-drift',
    panelId: TIMELINE_PANEL,
    labels: { severity },
    annotations: { summary },
    data: [question(condition), isAboveZero()],
  };
}

function question(condition: RuleOptions['condition']) {
  const query: InfinityQuery = infinity({
    refId: 'A',
    endpoint: '/grafana/alerts',
    // One number, the rest labels, no time; and no dashboard variable: there is no dashboard here.
    columns: ['repo', 'server', 'value'],
    params: { condition },
  });
  return {
    refId: 'A',
    datasourceUid: DATASOURCE.uid,
    relativeTimeRange: { from: 600, to: 0 },
    model: { ...query, intervalMs: 1000, maxDataPoints: 43200 },
  };
}

/** Rows without a time are numbers already: there is nothing to reduce. */
function isAboveZero() {
  return {
    refId: 'B',
    datasourceUid: '__expr__',
    relativeTimeRange: { from: 0, to: 0 },
    model: {
      refId: 'B',
      type: 'threshold',
      datasource: { type: '__expr__', uid: '__expr__' },
      expression: 'A',
      conditions: [{ type: 'query', evaluator: { type: 'gt', params: [0] } }],
      intervalMs: 1000,
      maxDataPoints: 43200,
    },
  };
}

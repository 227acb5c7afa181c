import { ALERTS, type Alert } from './alerts.ts';
import { type InfinityQuery, infinity, PROVISIONED } from './infinity-query.ts';

/** Grafana's file format for alert rules: one instance per target, which fires if its value is above the threshold. */
export function alertRules() {
  return {
    apiVersion: 1,
    groups: [
      {
        orgId: 1,
        name: 'gitops-drift',
        folder: 'GitOps',
        interval: '1m',
        rules: ALERTS.map(rule),
      },
    ],
  };
}

/** The panel that marks when a rule fired: the state of each target. */
const TIMELINE_PANEL = 4;

function rule(alert: Alert) {
  const { uid, title, severity, summary, description, pendingMinutes } = alert;
  return {
    uid,
    title,
    condition: 'B',
    for: pendingMinutes === 0 ? '0s' : `${pendingMinutes}m`,
    ...without(alert),
    isPaused: false,
    dashboardUid: 'gitops-drift',
    panelId: TIMELINE_PANEL,
    labels: { severity },
    annotations: { summary, description },
    data: [question(alert), threshold(alert)],
  };
}

/**
 * The meaning of no answer. An outage changes nothing about the targets: firing alerts continue, and one rule says that
 * the server is down. No row of reports means that nothing was ever reported.
 */
function without({ subject }: Alert) {
  if (subject === 'server_down') return { noDataState: 'Alerting', execErrState: 'Alerting' };
  return { noDataState: subject === 'no_report' ? 'Alerting' : 'KeepLast', execErrState: 'KeepLast' };
}

function question(alert: Alert) {
  const query: InfinityQuery = queryOf(alert);
  return {
    refId: 'A',
    datasourceUid: PROVISIONED.uid,
    relativeTimeRange: { from: 600, to: 0 },
    model: { ...query, intervalMs: 1000, maxDataPoints: 43200 },
  };
}

/** One number, the rest labels, no time; and no dashboard variable, because there is no dashboard here. */
function queryOf({ subject }: Alert): InfinityQuery {
  const asked = { refId: 'A', datasource: PROVISIONED };
  if (subject === 'server_down')
    return infinity({ ...asked, endpoint: '/grafana/summary', columns: ['targets'] });
  return infinity({
    ...asked,
    endpoint: '/grafana/alerts',
    columns: subject === 'no_report' ? ['value'] : ['repo', 'server', 'value'],
    params: { condition: subject },
  });
}

/** Rows without a time are numbers already: there is nothing to reduce. */
function threshold({ subject, above }: Alert) {
  // The number is never below 0, so it fires only if there is no answer.
  const evaluator = subject === 'server_down' ? { type: 'lt', params: [0] } : { type: 'gt', params: [above] };
  return {
    refId: 'B',
    datasourceUid: '__expr__',
    relativeTimeRange: { from: 0, to: 0 },
    model: {
      refId: 'B',
      type: 'threshold',
      datasource: { type: '__expr__', uid: '__expr__' },
      expression: 'A',
      conditions: [{ type: 'query', evaluator }],
      intervalMs: 1000,
      maxDataPoints: 43200,
    },
  };
}

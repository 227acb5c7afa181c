import { ALERTS, type Alert, OUTAGE_WINDOW } from './alerts.ts';

/** Prometheus' file format for alert rules, over the server's `/metrics`. */
export function prometheusRules() {
  return { groups: [{ name: 'gitops', rules: ALERTS.map(rule) }] };
}

function rule(alert: Alert) {
  const { name, severity, pendingMinutes, summary, description } = alert;
  return {
    alert: name,
    expr: EXPRESSIONS[alert.subject](alert),
    ...(pendingMinutes === 0 ? {} : { for: `${pendingMinutes}m` }),
    labels: { severity },
    annotations: { summary, description },
  };
}

/** The last value before a short outage still counts: an outage says nothing about the targets. */
const last = (series: string) => `last_over_time(${series}[${OUTAGE_WINDOW}])`;
const UP = 'up{job="gitops-status"}';
const REPORTED = 'gitops_last_report_timestamp_seconds';

const EXPRESSIONS: Readonly<Record<Alert['subject'], (alert: Alert) => string>> = {
  // 0 is no incident.
  open_incident: ({ above }) =>
    `time() - (${last('gitops_incident_open_since_timestamp_seconds')} > 0) > ${above}`,
  stale: ({ above }) => `${last('gitops_state{state="STALE"}')} > ${above}`,
  unknown: ({ above }) => `${last('gitops_state{state="UNKNOWN"}')} > ${above}`,
  // Its age at the last scrape: an outage is not silence of the pipelines.
  no_report: ({ above }) =>
    `(last_over_time((time() - max(${REPORTED}))[${OUTAGE_WINDOW}:1m]) > ${above}) ` +
    `or (absent(${last(REPORTED)}) and on () (${UP} == 1))`,
  server_down: () => `(${UP} == 0) or absent(${UP})`,
};

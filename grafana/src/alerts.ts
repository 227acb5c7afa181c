/** Seconds since the start of what a rule waits for, or a state that is 1 if it holds. */
type Subject = 'open_incident' | 'stale' | 'unknown' | 'no_report' | 'server_down';

/** One alert, in Grafana and in Prometheus. */
export interface Alert {
  readonly subject: Subject;
  /** Of Grafana's rule. */
  readonly uid: string;
  readonly title: string;
  /** Of Prometheus' rule. */
  readonly name: string;
  readonly severity: 'warning' | 'critical';
  /** It fires above this value. */
  readonly above: number;
  /** How many minutes before it fires. */
  readonly pendingMinutes: number;
  readonly summary: string;
  readonly description: string;
}

/** How long the series before an outage are remembered: for that time an outage resolves no Prometheus alert. */
export const OUTAGE_WINDOW = '1h';

const MINUTE_S = 60;

// Annotations use `.Labels`, not `$labels`: Grafana expands `$name` in provisioned files as a variable of its
// environment, and its versions differ in how to prevent that. Alerts that Grafana makes of an error have no labels:
// then other words replace them.
const label = (name: string, otherwise: string) =>
  `{{ if .Labels.${name} }}{{ .Labels.${name} }}{{ else }}${otherwise}{{ end }}`;
const SERVER = label('server', 'a server');
const REPO = label('repo', 'its Git repo');

export const ALERTS: readonly Alert[] = [
  {
    // By the incident, not by the state: a check that fails in between does not restart the wait.
    subject: 'open_incident',
    uid: 'gitops-drift',
    title: 'GitOps target drifted',
    name: 'GitopsDrift',
    severity: 'warning',
    above: 15 * MINUTE_S,
    pendingMinutes: 0,
    summary: `Drift: ${SERVER} differs from ${REPO}`,
    description: `It has differed for more than 15 minutes, and no check has found ${SERVER} in sync since.`,
  },
  {
    // STALE is already a wait: three intervals without a report, or the server's STALE_AFTER.
    subject: 'stale',
    uid: 'gitops-stale',
    title: 'GitOps target silent',
    name: 'GitopsStale',
    severity: 'warning',
    above: 0,
    pendingMinutes: 1,
    summary: `Silence: nothing reports about ${SERVER} any more`,
    description:
      `No drift check of ${REPO} on ${SERVER} has reported since the next one was due. It is not known ` +
      'whether it is in sync. Does its pipeline still run?',
  },
  {
    subject: 'unknown',
    uid: 'gitops-unknown',
    title: 'GitOps check cannot tell',
    name: 'GitopsUnknown',
    severity: 'warning',
    above: 0,
    pendingMinutes: 30,
    summary: `No verdict: checks of ${SERVER} cannot tell whether it is in sync`,
    description:
      `Drift checks of ${REPO} on ${SERVER} have run for 30 minutes without a verdict. The page of the ` +
      'target says why.',
  },
  {
    subject: 'no_report',
    uid: 'gitops-nothing-reported',
    title: 'GitOps: nothing is reported',
    name: 'GitopsNothingReported',
    severity: 'critical',
    above: 60 * MINUTE_S,
    pendingMinutes: 5,
    summary: 'No pipeline reports to gitops-status any more',
    description:
      'gitops-status is up, but no report has arrived for an hour, from any server. The cause is probably ' +
      'CI, or the network in between.',
  },
  {
    subject: 'server_down',
    uid: 'gitops-status-down',
    title: 'GitOps status server down',
    name: 'GitopsStatusDown',
    severity: 'critical',
    above: 0,
    pendingMinutes: 5,
    summary: 'gitops-status is down',
    description:
      'gitops-status does not answer. It is not known whether any server is in sync, and none of its other ' +
      'alerts can fire.',
  },
];

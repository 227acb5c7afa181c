import { lastDriftCount } from '../domain/drift-count.ts';
import { type FindingSummary, SYNC_STATUSES, type SyncStatus } from '../domain/finding.ts';
import type { NewestPush } from '../domain/questions/reader.ts';
import { STATES, type State } from '../domain/state.ts';
import type { Labels } from '../domain/target.ts';
import type { ExpectedStatus, TargetStatus } from '../domain/target-status.ts';

/** The status of a target, with how many reports were recorded by sync status. */
export type CountedStatus = (TargetStatus<FindingSummary> | ExpectedStatus) & {
  readonly labels: Labels;
  readonly reports: Readonly<Record<SyncStatus, number>>;
  readonly isMuted?: boolean;
};

/** The fleet at an instant. */
export interface Fleet {
  readonly statuses: readonly CountedStatus[];
  readonly pushes: readonly NewestPush[];
  /** Epoch milliseconds. */
  readonly at: number;
}

/** Which series each target has: `few` say what is true now, `all` also what can be derived from them. */
export type TargetSeries = 'few' | 'all';

/** A metric family about every target. */
export interface Family {
  readonly name: string;
  readonly type: 'gauge' | 'counter';
  readonly help: string;
  /** The series of each target: the label of each, in the order of `values`. */
  readonly variants: readonly string[];
  /** A value for each variant; undefined means no sample. */
  readonly values: (status: CountedStatus, state: State) => readonly (number | undefined)[];
  /** Its series have the labels of a push, and disappear once its group is deleted. */
  readonly isPushed?: boolean;
}

const ONE = [''];

export function familiesOf(series: TargetSeries): readonly Family[] {
  return series === 'few' ? FEW : ALL;
}

/** STALE and UNKNOWN are never health: in them every series that could be read as health is 0 or absent. */
const SYNC_STATUS: Family = {
  name: 'gitops_sync_status',
  type: 'gauge',
  help: 'Whether the server matches its Git repo: 1 in sync; 0 drifted, unknown or stale (gitops_state says which).',
  variants: ONE,
  values: (_, state) => [Number(state === 'SYNCED')],
  isPushed: true,
};

const STATE: Family = {
  name: 'gitops_state',
  type: 'gauge',
  help: 'The state of a target: 1 for the one it is in, no sample for the others.',
  variants: STATES.map((state) => `,state="${state}"`),
  values: (_, state) => STATES.map((one) => (one === state ? 1 : undefined)),
};

const EVERY_STATE: Family = {
  ...STATE,
  help: 'The state of a target: 1 for the one it is in, 0 for the others.',
  values: (_, state) => STATES.map((one) => Number(one === state)),
};

const DRIFT_FILES: Family = {
  name: 'gitops_drift_files',
  type: 'gauge',
  help: 'How many files differ, as last reported. No sample if that is not known.',
  variants: ONE,
  values: ({ finding }, state) => [lastDriftCount(finding, state)],
};

const LAST_CHECK: Family = {
  name: 'gitops_last_check_timestamp_seconds',
  type: 'gauge',
  help: 'When the latest check ended, by the clock of the reporter. No sample if nothing was reported yet.',
  variants: ONE,
  values: ({ lastCheckAt }) => [lastCheckAt === undefined ? undefined : lastCheckAt / 1000],
};

const LAST_REPORT: Family = {
  name: 'gitops_last_report_timestamp_seconds',
  type: 'gauge',
  help:
    'When the report of the latest check arrived, by the clock of this server. No sample if none has ' +
    'arrived.',
  variants: ONE,
  values: ({ receivedAt }) => [receivedAt === undefined ? undefined : receivedAt / 1000],
};

const INCIDENT: Family = {
  name: 'gitops_incident_open_since_timestamp_seconds',
  type: 'gauge',
  help: 'When the incident that is open now was opened; 0 if none is open.',
  variants: ONE,
  values: ({ incident }) => [incident === undefined ? 0 : incident.openedAt / 1000],
};

const MUTED: Family = {
  name: 'gitops_target_muted',
  type: 'gauge',
  help: '1 if everything that is wrong with the target is muted, else no sample.',
  variants: ONE,
  values: ({ isMuted }) => [isMuted ? 1 : undefined],
};

const REPORTS: Family = {
  name: 'gitops_reports_total',
  type: 'counter',
  help: 'Reports recorded, by what they said. Restarts do not reset it.',
  variants: SYNC_STATUSES.map((status) => `,sync_status="${status}"`),
  values: ({ reports }) => SYNC_STATUSES.map((status) => reports[status]),
};

const FEW = [SYNC_STATUS, STATE, DRIFT_FILES, LAST_REPORT, INCIDENT, MUTED];
const ALL = [SYNC_STATUS, EVERY_STATE, DRIFT_FILES, LAST_CHECK, LAST_REPORT, INCIDENT, MUTED, REPORTS];

/** As in Pushgateway: a series for each group. */
export const PUSH_TIME = {
  name: 'push_time_seconds',
  type: 'gauge',
  help: 'When the last push of a group arrived, by the clock of this server, with the labels of its path.',
} as const;

/** The labels of targets, for joins. Each has a label of its own, so this is no family like the others. */
export const TARGET_INFO = {
  name: 'gitops_target_info',
  type: 'gauge',
  help: 'The labels of a target, each with the prefix label_: always 1. No sample for a target without labels.',
} as const;

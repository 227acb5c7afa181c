import { SYNC_STATUSES, type SyncStatus } from '../domain/finding.ts';
import { STATES, type State } from '../domain/state.ts';
import type { TargetStatus } from '../domain/target-status.ts';

/** Where a target stands, and how many reports of it were ever recorded, by what they said. */
export interface CountedStatus extends TargetStatus {
  readonly reports: Readonly<Record<SyncStatus, number>>;
}

/** What is said about every target under one name. */
export interface Family {
  readonly name: string;
  readonly type: 'gauge' | 'counter';
  readonly help: string;
  /** The series of a target: each one's label beside the target's own, and its value at the same place. */
  readonly variants: readonly string[];
  /** Undefined where there is nothing to say. */
  readonly values: (status: CountedStatus, state: State) => readonly (number | undefined)[];
}

const ONE = [''];

/** STALE and UNKNOWN are no health: whatever can be read as health says 0, or nothing, in them. */
export const FAMILIES: readonly Family[] = [
  {
    name: 'gitops_sync_status',
    type: 'gauge',
    help: 'Whether the server matches its Git repo: 1 in sync; 0 drifted, unknown or stale (gitops_state says which).',
    variants: ONE,
    values: (_, state) => [Number(state === 'SYNCED')],
  },
  {
    name: 'gitops_state',
    type: 'gauge',
    help: 'The state of a target: 1 for the one it is in, 0 for the others.',
    variants: STATES.map((state) => `,state="${state}"`),
    values: (_, state) => STATES.map((one) => Number(one === state)),
  },
  {
    name: 'gitops_drift_files',
    type: 'gauge',
    help: 'How many files differ, as last reported. No sample where that is not known.',
    variants: ONE,
    values: ({ finding: { driftCount } }, state) => [
      driftCount === 0 && state !== 'SYNCED' ? undefined : driftCount,
    ],
  },
  {
    name: 'gitops_last_check_timestamp_seconds',
    type: 'gauge',
    help: 'When the latest check ended, by the clock of the reporter.',
    variants: ONE,
    values: ({ lastCheckAt }) => [lastCheckAt / 1000],
  },
  {
    name: 'gitops_last_report_timestamp_seconds',
    type: 'gauge',
    help: 'When the report of the latest check arrived, by the clock of this server.',
    variants: ONE,
    values: ({ receivedAt }) => [receivedAt / 1000],
  },
  {
    name: 'gitops_incident_open_since_timestamp_seconds',
    type: 'gauge',
    help: 'When the incident that is open now was opened. No sample where none is open.',
    variants: ONE,
    values: ({ incident }) => [incident === undefined ? undefined : incident.openedAt / 1000],
  },
  {
    name: 'gitops_reports_total',
    type: 'counter',
    help: 'Reports recorded, by what they said. Restarts do not reset it.',
    variants: SYNC_STATUSES.map((status) => `,sync_status="${status}"`),
    values: ({ reports }) => SYNC_STATUSES.map((status) => reports[status]),
  },
];

import type { OpenIncident } from '../incident.ts';
import type { State } from '../state.ts';

/** What an alert rule can ask of each target. */
export const TARGET_CONDITIONS = ['out_of_sync', 'unknown', 'stale', 'not_synced', 'open_incident'] as const;

export type TargetCondition = (typeof TARGET_CONDITIONS)[number];

const STATES_OF: Readonly<Record<Exclude<TargetCondition, 'open_incident'>, readonly State[]>> = {
  out_of_sync: ['OUT_OF_SYNC'],
  unknown: ['UNKNOWN'],
  stale: ['STALE'],
  not_synced: ['OUT_OF_SYNC', 'UNKNOWN', 'STALE'],
};

interface Now {
  readonly state: State;
  readonly incident: OpenIncident | undefined;
}

/**
 * The number that a rule compares: 1 if the target is in the state, else 0. For `open_incident` it is the seconds since
 * the incident opened, or 0. So a check that fails in between does not restart the wait.
 */
export function alertValue(condition: TargetCondition, { state, incident }: Now, now: number): number {
  if (condition !== 'open_incident') return STATES_OF[condition].includes(state) ? 1 : 0;
  return incident === undefined ? 0 : secondsSince(incident.openedAt, now);
}

/** How long ago the newest report of all targets arrived; undefined if none ever did. */
export function secondsSinceLastReport(
  statuses: readonly { readonly receivedAt: number | undefined }[],
  now: number,
): number | undefined {
  const latest = statuses.reduce(
    (latest, { receivedAt = Number.NEGATIVE_INFINITY }) => Math.max(latest, receivedAt),
    Number.NEGATIVE_INFINITY,
  );
  return latest === Number.NEGATIVE_INFINITY ? undefined : secondsSince(latest, now);
}

/** The clock may have been turned back since. */
function secondsSince(at: number, now: number): number {
  return Math.max(0, now - at) / 1000;
}

import type { FindingRef } from '../finding.ts';
import { nextStep } from '../next.ts';
import { stateOf } from '../target-status.ts';
import type { StatusDetails } from './reader.ts';

/** Who acts next, by the status of a target at an instant; undefined if nothing is to be done. */
export function nextOfStatus(status: StatusDetails<FindingRef>, at: number): string | undefined {
  const { incident, deployedCommit, commit, lastSyncedAt, errorKind, labels } = status;
  const state = stateOf(status, at);
  // The short way for most targets: this runs for each row of a fleet.
  if (state === 'SYNCED' && incident === undefined) return undefined;
  const deployed = deployedCommit === undefined ? undefined : { commit: deployedCommit };
  return nextStep({
    state,
    incident: incident && { cause: incident.cause, deployed },
    commit,
    lastSyncedAt,
    errorKind,
    labels,
  });
}

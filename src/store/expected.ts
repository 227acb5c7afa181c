import type { ExpectedDetails } from '../domain/questions/reader.ts';
import type { Target } from '../domain/target.ts';
import { toLabels } from './row-values.ts';

/** A target that was declared and has no row in `target_status`: it never reported. */
export interface ExpectedRow extends Target {
  readonly labels: string;
  readonly declaredAt: number;
  /** A row of `target_status`, whose `checked_at` is not null once the target has reported. */
  readonly checkedAt: null;
}

export function toExpected({
  repo,
  server,
  labels,
  declaredAt,
}: Omit<ExpectedRow, 'checkedAt'>): ExpectedDetails {
  return {
    target: { repo, server },
    checkedAt: undefined,
    receivedAt: undefined,
    lastCheckAt: undefined,
    staleAt: undefined,
    finding: undefined,
    commit: undefined,
    since: declaredAt,
    lastSyncedAt: undefined,
    incident: undefined,
    labels: toLabels(labels),
    check: undefined,
    branch: undefined,
    runUrl: undefined,
    error: undefined,
    errorKind: undefined,
    deployedCommit: undefined,
    durationMs: undefined,
    reports: { SYNCED: 0, OUT_OF_SYNC: 0, UNKNOWN: 0 },
    acknowledgement: undefined,
  };
}

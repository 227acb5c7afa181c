import type { Finding } from '../finding.ts';
import { compareKeys, type HistoryKey } from '../history-key.ts';
import type { Observation } from '../period.ts';
import type { PostedReport } from '../report.ts';
import type { ExistingTarget, Facts, RecordedStatus, Voice } from './facts.ts';
import type { InternedSubmission } from './submission.ts';

/** A new report that will be recorded. */
export interface Accepted extends Observation<Finding> {
  readonly posted: PostedReport;
  readonly lastCheckAt: number;
  readonly sourceId: number;
  readonly afterDeploy: boolean;
  readonly origin: InternedSubmission['origin'];
  readonly actor: string | undefined;
}

export interface Acceptance {
  readonly facts: Facts;
  /** Epoch milliseconds, of the store's clock. */
  readonly now: number;
  /** Reports checked before this instant are no longer stored. */
  readonly reportsFrom: number;
}

/** The newest report of a target, as far as the order and the voice need it. */
export interface Newest extends HistoryKey, Voice {
  readonly lastCheckAt: number;
  readonly staleAt: number;
  readonly findingId: number;
}

/** One target in the course of a transaction. */
export interface Working {
  readonly existing: ExistingTarget | undefined;
  readonly newest: Newest | undefined;
  readonly newestReceivedAt: number;
  readonly newestLastCheckAt: number;
  readonly accepted: readonly Accepted[];
}

export interface Place extends Acceptance {
  readonly working: Working;
}

export function newestOf({
  checkedAt,
  receivedAt,
  lastCheckAt,
  staleAt,
  check,
  pushed,
  finding,
}: RecordedStatus): Newest {
  return { checkedAt, receivedAt, lastCheckAt, staleAt, check, pushed, findingId: finding.id };
}

export function withAccepted(working: Working, accepted: Accepted): Working {
  const { existing, newest } = working;
  const { lastCheckAt, checkedAt, receivedAt, staleAt } = accepted;
  const { check, pushed } = accepted.posted;
  const isNewest = newest === undefined || compareKeys(accepted, newest) > 0;
  return {
    existing,
    newest: isNewest
      ? { checkedAt, receivedAt, lastCheckAt, staleAt, check, pushed, findingId: accepted.finding.id }
      : newest,
    newestReceivedAt: Math.max(working.newestReceivedAt, receivedAt),
    newestLastCheckAt: Math.max(working.newestLastCheckAt, lastCheckAt),
    accepted: [...working.accepted, accepted],
  };
}

/** Deleting a target ends the validity of its earlier reports. */
export function staleAtOf(
  { checkedAt, staleAt }: { checkedAt: number; staleAt: number },
  existing: Pick<ExistingTarget, 'lastDeletedAt'> | undefined,
): number {
  const deletedAt = existing?.lastDeletedAt;
  return deletedAt === undefined || checkedAt > deletedAt ? staleAt : Math.min(staleAt, deletedAt);
}

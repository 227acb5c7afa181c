import type { FindingRef } from '../finding.ts';
import { compareKeys, type HistoryKey } from '../history-key.ts';
import { MAX_AHEAD_MS, type Report } from '../report.ts';
import type { Target } from '../target.ts';
import type { Accepted, Place } from './accepted.ts';
import type { InternedReport, Recorded } from './submission.ts';

/** `checkedAt` is at most this much earlier than `last_check`: see `checkedAtOf`. */
const DUPLICATE_WINDOW_MS = MAX_AHEAD_MS + 1000;

/**
 * Finds a recorded report with the same target, `last_check`, finding, commit and error: it is the same report, sent
 * again.
 */
export function findDuplicate(interned: InternedReport, place: Place): HistoryKey | 'undecided' | undefined {
  const { report } = interned;
  const { working, facts } = place;
  const { lastCheckAt, target } = report;
  // A push carries no instant, so it cannot be recognised as a duplicate.
  if (lastCheckAt === undefined || lastCheckAt > working.newestLastCheckAt) return undefined;
  const sameHere = working.accepted.find((one) => isSameReport(fieldsOf(one), one.finding, interned));
  if (sameHere !== undefined) return sameHere;
  if (working.existing?.status === undefined || lastCheckAt > working.existing.status.newestLastCheckAt)
    return undefined;
  const from = lastCheckAt - DUPLICATE_WINDOW_MS;
  const loaded = facts.get({ kind: 'reports', target, from, to: lastCheckAt });
  if (loaded === undefined) return 'undecided';
  return loaded.answer.find((one) => isSameReport(one, one.finding, interned));
}

function fieldsOf({ lastCheckAt, posted: { commit, error, errorKind } }: Accepted): ComparedFields {
  return { lastCheckAt, commit, error, errorKind };
}

type ComparedFields = Pick<Report, 'lastCheckAt' | 'commit' | 'error' | 'errorKind'>;

function isSameReport(
  existing: ComparedFields,
  finding: Pick<FindingRef, 'id'>,
  { report, findingId }: InternedReport,
): boolean {
  return (
    existing.lastCheckAt === report.lastCheckAt &&
    finding.id === findingId &&
    existing.commit === report.commit &&
    existing.error === report.error &&
    existing.errorKind === report.errorKind
  );
}

export function changeAgain(
  target: Target,
  same: HistoryKey,
  { working, facts }: Place,
): Recorded['change'] | undefined {
  const { newest, existing, accepted } = working;
  if (newest === undefined || compareKeys(same, newest) < 0) return 'late';
  const compared = (before: number) => (before === newest.findingId ? 'unchanged' : 'changed');
  const beforeHere = [...accepted].sort(compareKeys).findLast((one) => compareKeys(one, same) < 0);
  if (beforeHere !== undefined) return compared(beforeHere.finding.id);
  const status = existing?.status;
  if (status === undefined) return 'first';
  if (compareKeys(same, status) > 0) return compared(status.finding.id);
  const startedBefore =
    compareKeys(same, { checkedAt: status.startedAt, receivedAt: status.startReceivedAt }) > 0;
  if (startedBefore) return 'unchanged';
  const loaded = facts.get({ kind: 'neighbours', target, at: same.checkedAt - 1 });
  if (loaded === undefined) return undefined;
  const before = loaded.answer.before ?? loaded.answer.period;
  return before === undefined ? 'first' : compared(before.finding.id);
}

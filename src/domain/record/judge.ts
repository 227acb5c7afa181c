import { matchesGlob } from '../glob.ts';
import { compareKeys, type HistoryKey } from '../history-key.ts';
import { MAX_AHEAD_MS, type PostedReport } from '../report.ts';
import { type Accepted, type Newest, type Place, staleAtOf, type Working } from './accepted.ts';
import { changeAgain, findDuplicate } from './duplicate.ts';
import type { Voice } from './facts.ts';
import { checkedAtOf, previousOf, pushedAt } from './order.ts';
import type { InternedReport, InternedSubmission, Recorded, RefusalReason } from './submission.ts';
import { voiceRefusal } from './voice.ts';

/** The answer to a report of an accepted submission, without the status of its target after the transaction. */
export type AcceptedAnswer = Pick<Recorded, 'target' | 'recorded' | 'change' | 'lastCheckAt' | 'checkedAt'>;

export type Judged =
  | { readonly kind: 'new'; readonly accepted: Accepted; readonly answer: AcceptedAnswer }
  | { readonly kind: 'duplicate'; readonly answer: AcceptedAnswer }
  | { readonly kind: 'refused'; readonly reason: RefusalReason }
  /** `likely` is the report as it will be accepted: so its consequences are loaded in the same round. */
  | { readonly kind: 'undecided'; readonly likely: Accepted | undefined };

export const UNDECIDED = { kind: 'undecided', likely: undefined } as const;

export function judge(interned: InternedReport, submission: InternedSubmission, place: Place): Judged {
  const { report } = interned;
  const { working, now, reportsFrom } = place;
  const lastCheckAt = report.lastCheckAt ?? pushedAt(now, working.newest);
  const receivedAt = report.receivedAt ?? now;
  const checkedAt = report.checkedAt ?? checkedAtOf({ lastCheckAt, receivedAt, report }, working);
  // Both are requested before either is used, so that they are loaded in one round.
  const duplicate = findDuplicate(interned, place);
  const previous = previousOf(report.target, checkedAt, place);
  const orderedAt = (arrivedAt: number) =>
    acceptedOf(interned, submission, { lastCheckAt, checkedAt, receivedAt: arrivedAt, working });
  if (duplicate === 'undecided') return { kind: 'undecided', likely: orderedAt(receivedAt) };
  if (duplicate !== undefined) return answerDuplicate(interned, duplicate, place);
  const nameReason = refusalOfName(interned, submission, checkedAt);
  if (nameReason !== undefined) return { kind: 'refused', reason: nameReason };
  const instantReason = instantRefusal(lastCheckAt, { now, reportsFrom });
  if (instantReason !== undefined) return { kind: 'refused', reason: instantReason };
  if (previous === 'undecided') return { kind: 'undecided', likely: orderedAt(receivedAt) };
  if (previous === 'pruned')
    return { kind: 'refused', reason: { kind: 'pruned', lastCheckAt, target: report.target } };
  const voiceReason =
    submission.origin === 'import' ? undefined : refusalOfVoice(report, previous, submission, place);
  if (voiceReason !== undefined) return { kind: 'refused', reason: voiceReason };

  const isTied = previous?.checkedAt === checkedAt;
  const accepted = orderedAt(isTied ? Math.max(receivedAt, previous.receivedAt + 1) : receivedAt);
  const change = changeOf(accepted, working.newest);
  return {
    kind: 'new',
    accepted,
    answer: { target: report.target, recorded: 'new', change, lastCheckAt, checkedAt },
  };
}

function acceptedOf(
  { report: posted, findingId, sourceId }: InternedReport,
  { origin, actor }: InternedSubmission,
  {
    lastCheckAt,
    checkedAt,
    receivedAt,
    working,
  }: { lastCheckAt: number; checkedAt: number; receivedAt: number; working: Working },
): Accepted {
  return {
    posted,
    sourceId,
    lastCheckAt,
    checkedAt,
    receivedAt,
    staleAt: staleAtOf({ checkedAt, staleAt: checkedAt + posted.staleAfterMs }, working.existing),
    finding: { id: findingId, ...posted.finding },
    commit: posted.commit,
    runUrl: posted.runUrl,
    afterDeploy: posted.afterDeploy,
    origin,
    actor,
  };
}

function changeOf(accepted: Accepted, newest: Newest | undefined): Recorded['change'] {
  if (newest === undefined) return 'first';
  if (compareKeys(accepted, newest) < 0) return 'late';
  return accepted.finding.id === newest.findingId ? 'unchanged' : 'changed';
}

/** The answer to a retry repeats that of the first try: how the report compares with the one before it. */
function answerDuplicate({ report }: InternedReport, same: HistoryKey, place: Place): Judged {
  const change = changeAgain(report.target, same, place);
  if (change === undefined) return UNDECIDED;
  const { target, lastCheckAt = same.checkedAt } = report;
  const answer = { target, recorded: 'duplicate', change, lastCheckAt, checkedAt: same.checkedAt } as const;
  return { kind: 'duplicate', answer };
}

function refusalOfVoice(
  report: PostedReport,
  previous: (HistoryKey & Voice & { staleAt: number }) | undefined,
  { mayTakeOver }: InternedSubmission,
  { working, now }: Place,
): RefusalReason | undefined {
  const endedAt = working.existing?.lastDeletedAt ?? Number.NEGATIVE_INFINITY;
  if (previous === undefined || previous.checkedAt <= endedAt) return undefined;
  const { check, pushed, takesOver } = report;
  return voiceRefusal(report.target, previous, { report: { check, pushed, takesOver, mayTakeOver }, now });
}

/** A report under a former name is recorded only if it was checked before the target was renamed. */
function refusalOfName(
  { report: { target }, formerly }: InternedReport,
  { repos }: InternedSubmission,
  checkedAt: number,
): RefusalReason | undefined {
  if (formerly === undefined) return undefined;
  const { renamedAt } = formerly;
  if (checkedAt >= renamedAt) return { kind: 'renamed', formerly: formerly.target, target, renamedAt };
  const isForeign = repos !== undefined && !repos.some((pattern) => matchesGlob(pattern, target.repo));
  return isForeign ? { kind: 'renamed_elsewhere', formerly: formerly.target, target } : undefined;
}

function instantRefusal(
  lastCheckAt: number,
  { now, reportsFrom }: { now: number; reportsFrom: number },
): RefusalReason | undefined {
  if (lastCheckAt > now + MAX_AHEAD_MS) return { kind: 'ahead_of_clock', lastCheckAt, now };
  if (lastCheckAt < reportsFrom) return { kind: 'before_retention', lastCheckAt, reportsFrom };
  return undefined;
}

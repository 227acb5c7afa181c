import { compareKeys, type HistoryKey } from '../history-key.ts';
import { MAX_AHEAD_MS, type PostedReport } from '../report.ts';
import type { Target } from '../target.ts';
import { type Accepted, type Newest, type Place, staleAtOf, type Working } from './accepted.ts';
import type { ExistingTarget, Facts, Voice } from './facts.ts';

/**
 * When a push counts as checked: now, but after the last accepted report of its target. So two pushes within a
 * millisecond are neither merged nor swapped. If the clock was turned back, the instant moves forward from the newest
 * report, up to the limit for a reporter's clock.
 */
export function pushedAt(now: number, newest: Newest | undefined): number {
  if (newest === undefined || newest.lastCheckAt - now >= MAX_AHEAD_MS) return now;
  return Math.max(now, newest.lastCheckAt + 1);
}

/**
 * A check cannot end after its report arrived. A SYNCED report comes before the newest one if its check ended before
 * that one's: it says nothing about what the newest found.
 */
export function checkedAtOf(
  { lastCheckAt, receivedAt, report }: { lastCheckAt: number; receivedAt: number; report: PostedReport },
  { newest, newestReceivedAt }: Working,
): number {
  const checkedAt = Math.min(lastCheckAt, Math.max(receivedAt, newestReceivedAt));
  const isOlderSynced =
    report.finding.syncStatus === 'SYNCED' && newest !== undefined && lastCheckAt < newest.lastCheckAt;
  return isOlderSynced ? Math.min(checkedAt, newest.checkedAt - 1) : checkedAt;
}

/** The last report at or before an instant, stored or accepted in this transaction. */
export function previousOf(
  target: Target,
  checkedAt: number,
  { working, facts }: Place,
): (HistoryKey & Voice & { staleAt: number }) | 'undecided' | 'pruned' | undefined {
  const { newest, existing, accepted } = working;
  if (newest === undefined || checkedAt >= newest.checkedAt) return newest;
  const acceptedHere = accepted
    .filter((one) => one.checkedAt <= checkedAt)
    .reduce<Accepted | undefined>(
      (last, one) => (last && compareKeys(last, one) > 0 ? last : one),
      undefined,
    );
  const here = acceptedHere && placed(acceptedHere);
  const status = existing?.status;
  const stored = status && storedBefore(target, checkedAt, { existing, status, facts });
  if (stored === 'undecided' || stored === 'pruned') return stored;
  if (here === undefined || stored === undefined) return here ?? stored;
  return compareKeys(here, stored) > 0 ? here : stored;
}

function placed({ checkedAt, receivedAt, staleAt, posted: { check, pushed } }: Accepted) {
  return { checkedAt, receivedAt, staleAt, check, pushed };
}

function storedBefore(
  target: Target,
  checkedAt: number,
  {
    existing,
    status,
    facts,
  }: { existing: ExistingTarget; status: NonNullable<ExistingTarget['status']>; facts: Facts },
): (HistoryKey & Voice & { staleAt: number }) | 'undecided' | 'pruned' | undefined {
  if (checkedAt >= status.checkedAt) return status;
  const loaded = facts.get({ kind: 'neighbours', target, at: checkedAt });
  if (loaded === undefined) return 'undecided';
  const { before, period } = loaded.answer;
  if (before !== undefined) return { ...before, staleAt: staleAtOf(before, existing) };
  const containing = checkedAt >= status.startedAt ? { lastCheckedAt: status.checkedAt } : period;
  return containing !== undefined && checkedAt < containing.lastCheckedAt ? 'pruned' : undefined;
}

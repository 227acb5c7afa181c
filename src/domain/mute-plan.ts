import { canonicalJson, type Json } from './finding.ts';
import { formatInstant } from './instant.ts';
import { hasLeft, type Mute, type MuteTerms, muteState } from './mute.ts';
import { MAX_MUTES } from './mute-terms.ts';
import type { Matchers } from './notify/matchers.ts';

/** Why a mute was not made, changed or ended. */
export type MuteRefusal =
  | 'not_found'
  /** It is over: a new one has to be made. */
  | 'ended'
  /** The mute is until in sync again, and everything that it matches is in sync already. */
  | 'in_sync'
  /** There are `MAX_MUTES` that are not over. */
  | 'too_many';

/** Why no more mutes can be made. `current` is the number of mutes that are not over. */
export function refusalOfNew(
  { untilInSync }: MuteTerms,
  { current, members }: { readonly current: number; readonly members: number },
): MuteRefusal | undefined {
  if (current >= MAX_MUTES) return 'too_many';
  return untilInSync && members === 0 ? 'in_sync' : undefined;
}

/** Why a mute cannot be changed; undefined if it can. */
export function refusalOfChange(mute: Mute | undefined, now: number): MuteRefusal | undefined {
  if (mute === undefined) return 'not_found';
  return muteState(mute, now) === 'ended' ? 'ended' : undefined;
}

/** Whether changed terms match other targets than before. Only then are the members of the mute chosen again. */
export function needsMembers(before: Pick<MuteTerms, 'matchers' | 'untilInSync'>, terms: MuteTerms): boolean {
  return terms.untilInSync && !(before.untilInSync && isSame(before.matchers, terms.matchers));
}

/** When a mute ended by itself; undefined if it is not over. `lastSyncedAt` gives the present value for each member. */
export function overSince(
  mute: Mute,
  { lastSyncedAt, now }: { lastSyncedAt: ReadonlyMap<string, number | undefined>; now: number },
): number | undefined {
  if (mute.endsAt <= now) return mute.endsAt;
  if (!mute.untilInSync) return undefined;
  const isWaiting = [...mute.members].some(([key, member]) => !hasLeft(member, lastSyncedAt.get(key)));
  return isWaiting ? undefined : now;
}

/** The terms of a mute, for its actions and events. */
export function muteDetail(id: number, terms: MuteTerms): { readonly [key: string]: Json } {
  return {
    mute: id,
    matchers: toJson(terms.matchers),
    reason: terms.reason,
    starts_at: formatInstant(terms.startsAt),
    ends_at: formatInstant(terms.endsAt),
    until_in_sync: terms.untilInSync,
  };
}

function toJson({ labels = {}, ...others }: Matchers): { readonly [key: string]: Json } {
  return { ...others, ...(Object.keys(labels).length > 0 ? { labels } : {}) };
}

function isSame(a: Matchers, b: Matchers): boolean {
  return canonicalJson(toJson(a)) === canonicalJson(toJson(b));
}

import type { Actor } from './action.ts';
import type { Incident } from './incident.ts';
import { type Matchers, matchesTarget, matchesText } from './notify/matchers.ts';
import type { Condition } from './notify/message.ts';
import type { State } from './state.ts';
import { type Labels, type Target, targetKey } from './target.ts';

/** What somebody asks for when muting. Instants are epoch milliseconds. */
export interface MuteTerms {
  readonly matchers: Matchers;
  readonly reason: string;
  readonly startsAt: number;
  /** The mute ends at this instant at the latest. */
  readonly endsAt: number;
  /** Whether a target leaves the mute as soon as it is in sync again. */
  readonly untilInSync: boolean;
}

/** While a mute is in force, messages about what it matches are not sent. It changes no state. */
export interface Mute extends MuteTerms {
  readonly id: number;
  readonly createdAt: number;
  /** Its owner: who made it, or changed it last. */
  readonly by: Actor;
  /** Set if it ended before `endsAt`. */
  readonly endedAt: number | undefined;
  /** Also undefined if it ended because everything was in sync again. */
  readonly endedBy: Actor | undefined;
  /** The targets of a mute that lasts until in sync again, by `targetKey`. */
  readonly members: ReadonlyMap<string, MuteMember>;
}

/** The position in a target's history when a mute until in sync again began for it. */
export interface MuteMember {
  /** Of its newest report; undefined if it had never reported. */
  readonly checkedAt: number | undefined;
  readonly lastSyncedAt: number | undefined;
}

export const MUTE_STATES = ['scheduled', 'active', 'ended'] as const;
export type MuteState = (typeof MUTE_STATES)[number];

/** One problem of a target. Without a condition it is the target itself, with nothing wrong. */
export interface MuteSubject {
  readonly target: Target;
  readonly labels: Labels;
  readonly lastSyncedAt: number | undefined;
  readonly condition: Condition | undefined;
  /** The files of a drift; undefined if they are not known, and for other problems. */
  readonly incident: Pick<Incident, 'cause' | 'files' | 'unnamed'> | undefined;
}

export function muteState({ startsAt, endsAt, endedAt }: Mute, at: number): MuteState {
  if (endedAt !== undefined ? endedAt <= at : endsAt <= at) return 'ended';
  return startsAt <= at ? 'active' : 'scheduled';
}

/** The mute that holds back messages about this problem. Of several it is the one that lasts longest. */
export function mutedBy(mutes: readonly Mute[], subject: MuteSubject, now: number): Mute | undefined {
  let longest: Mute | undefined;
  for (const mute of mutes) {
    if (longest !== undefined && longest.endsAt >= mute.endsAt) continue;
    if (muteState(mute, now) === 'active' && reaches(mute, subject)) longest = mute;
  }
  return longest;
}

/** Whether this is muted whenever the mute is in force. */
export function reaches(
  mute: Pick<Mute, 'matchers' | 'untilInSync' | 'members'>,
  subject: MuteSubject,
): boolean {
  return isIn(mute, subject) && covers(mute.matchers, subject);
}

/** Whether the matchers match this problem. */
function covers({ file, cause, state, ...ofTarget }: Matchers, subject: MuteSubject): boolean {
  const { condition, incident } = subject;
  if (!matchesTarget(ofTarget, subject)) return false;
  if (state !== undefined && !(condition !== undefined && matchesText(state, STATE_OF[condition])))
    return false;
  if (file === undefined && cause === undefined) return true;
  if (condition !== 'drift' || incident === undefined) return false;
  return (
    (file === undefined || coversFiles(file, incident)) &&
    (cause === undefined || matchesText(cause, incident.cause ?? ''))
  );
}

/** All files must be named and must match: an unnamed file could be any file. */
function coversFiles(patterns: readonly string[], { files, unnamed }: Pick<Incident, 'files' | 'unnamed'>) {
  if (files.names.length === 0 || files.isCut || unnamed) return false;
  return files.names.every((name) => matchesText(patterns, name));
}

function isIn(
  { untilInSync, members }: Pick<Mute, 'untilInSync' | 'members'>,
  { target, lastSyncedAt }: MuteSubject,
): boolean {
  if (!untilInSync) return true;
  const member = members.get(targetKey(target));
  return member !== undefined && !hasLeft(member, lastSyncedAt);
}

/**
 * Whether a target was in sync since the mute began for it. The order of its history decides, not the clock: the report
 * of a check that ended just before may arrive just after.
 */
export function hasLeft(member: MuteMember, lastSyncedAt: number | undefined): boolean {
  if (lastSyncedAt === undefined || lastSyncedAt === member.lastSyncedAt) return false;
  return member.checkedAt === undefined || lastSyncedAt >= member.checkedAt;
}

/** When the next of these mutes begins or ends; infinite if none does. */
export function mutesHoldUntil(mutes: readonly Mute[], now: number): number {
  let until = Number.POSITIVE_INFINITY;
  for (const { startsAt, endsAt, endedAt } of mutes) {
    for (const at of [startsAt, endedAt ?? endsAt]) if (at > now) until = Math.min(until, at);
  }
  return until;
}

const STATE_OF: Readonly<Record<Condition, State>> = {
  drift: 'OUT_OF_SYNC',
  unknown: 'UNKNOWN',
  stale: 'STALE',
  never_reported: 'STALE',
};

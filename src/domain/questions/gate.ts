import { sameCommit } from '../commit.ts';
import type { FindingRef, FindingSummary } from '../finding.ts';
import type { State } from '../state.ts';
import { type Target, targetKey } from '../target.ts';
import { sinceOf, stateOf } from '../target-status.ts';
import type { StatusDetails, TargetFilter } from './reader.ts';

/** What must be true of every target that matches. Instants and spans are milliseconds. */
export interface GateQuestion {
  /** Each repo and each server that it names must have a match. If it names both, each pair must have one. */
  readonly filter: TargetFilter;
  /** In lower case. Undefined: any commit, or none. */
  readonly commit: string | undefined;
  /** The last check began then, or later. */
  readonly since: number | undefined;
  /** The last check is not older than this. */
  readonly maxAgeMs: number | undefined;
  /** How many targets must match, at least. */
  readonly expect: number | undefined;
}

type Status<F extends FindingRef> = StatusDetails<F>;

/** Why a target does not pass. */
export type GateReason =
  | { readonly kind: 'never_reported'; readonly declaredAt: number }
  | {
      readonly kind: 'not_synced';
      readonly state: Exclude<State, 'SYNCED'>;
      readonly since: number;
      readonly errorKind: string | undefined;
    }
  | { readonly kind: 'too_old'; readonly checkedAt: number; readonly maxAgeMs: number }
  | { readonly kind: 'began_before'; readonly beganAt: number; readonly since: number }
  | { readonly kind: 'other_commit'; readonly commit: string | undefined; readonly wanted: string };

export interface Blocking extends Target {
  readonly state: State;
  /** At least one. */
  readonly reasons: readonly GateReason[];
}

/** A requested name without a match; both names if the pair does not exist. */
export type Missing = Partial<Target>;

export type Gate =
  | { readonly passed: true }
  | {
      readonly passed: false;
      readonly blocking: readonly Blocking[];
      /** The first of them, and how many there are. */
      readonly missing: readonly Missing[];
      readonly missingCount: number;
      /** How many targets match. */
      readonly matched: number;
    };

/** The most entries of a list that are told. */
export const MAX_TOLD = 100;

/** Whether all targets that match pass now. Mutes and acknowledgements change nothing. */
export function gateAt<F extends FindingRef>(
  statuses: readonly Status<F>[],
  question: GateQuestion,
  now: number,
): Gate {
  const blocking = statuses.flatMap((status) => {
    const reasons = reasonsOf(status, question, now);
    return reasons.length === 0 ? [] : [{ ...status.target, state: stateOf(status, now), reasons }];
  });
  const matched = statuses.length;
  const { missing, missingCount } = missingFrom(statuses, question.filter);
  const isEnough = matched >= Math.max(1, question.expect ?? 1);
  if (isEnough && blocking.length === 0 && missingCount === 0) return { passed: true };
  return { passed: false, blocking, missing, missingCount, matched };
}

/** Why one target does not pass now; none if it does. */
export function reasonsOf<F extends FindingRef>(
  status: Status<F>,
  { commit, since, maxAgeMs }: Pick<GateQuestion, 'commit' | 'since' | 'maxAgeMs'>,
  now: number,
): GateReason[] {
  const { checkedAt } = status;
  if (checkedAt === undefined) return [{ kind: 'never_reported', declaredAt: status.since }];
  const reasons: GateReason[] = [];
  const state = stateOf(status, now);
  if (state !== 'SYNCED') {
    const { errorKind } = status;
    reasons.push({ kind: 'not_synced', state, since: sinceOf(status, now), errorKind });
  }
  if (maxAgeMs !== undefined && now - checkedAt > maxAgeMs)
    reasons.push({ kind: 'too_old', checkedAt, maxAgeMs });
  // The reporter's own clock is not used: if it is ahead, a check seems to have begun later than it did.
  const beganAt = checkedAt - (status.durationMs ?? 0);
  if (since !== undefined && beganAt < since) reasons.push({ kind: 'began_before', beganAt, since });
  if (commit !== undefined && !(status.commit !== undefined && sameCommit(status.commit, commit)))
    reasons.push({ kind: 'other_commit', commit: status.commit, wanted: commit });
  return reasons;
}

/** The commits that an abbreviation may mean. If there are several, the question has no answer. */
export function commitsMeantBy(
  commit: string,
  statuses: readonly Pick<Status<FindingSummary>, 'commit'>[],
): readonly string[] {
  const meant = new Set<string>();
  for (const { commit: reported = '' } of statuses) {
    // Of two names of one commit, the longer has all digits.
    if (reported.length > commit.length && sameCommit(reported, commit)) meant.add(reported);
  }
  return meant.size > 1 ? [...meant].sort() : [];
}

function missingFrom(
  matches: readonly { readonly target: Target }[],
  { repos, servers }: TargetFilter,
): { missing: Missing[]; missingCount: number } {
  const all = (key: keyof Target) => new Set(matches.map(({ target }) => target[key]));
  if (repos !== undefined && servers !== undefined) return missingPairs(matches, { repos, servers });
  const missing: Missing[] = [
    ...without(repos ?? [], all('repo')).map((repo) => ({ repo })),
    ...without(servers ?? [], all('server')).map((server) => ({ server })),
  ];
  return { missing: missing.slice(0, MAX_TOLD), missingCount: missing.length };
}

function without(names: readonly string[], found: ReadonlySet<string>): string[] {
  return names.filter((name) => !found.has(name));
}

/** Thousands of repos and servers may form millions of pairs, so only those that are told are listed. */
function missingPairs(
  matches: readonly { readonly target: Target }[],
  { repos, servers }: { repos: readonly string[]; servers: readonly string[] },
): { missing: Missing[]; missingCount: number } {
  const found = new Set(matches.map(({ target }) => targetKey(target)));
  const missingCount = new Set(repos).size * new Set(servers).size - found.size;
  const missing: Missing[] = [];
  for (const repo of repos) {
    for (const server of servers) {
      if (missing.length >= Math.min(missingCount, MAX_TOLD)) return { missing, missingCount };
      if (!found.has(targetKey({ repo, server }))) missing.push({ repo, server });
    }
  }
  return { missing, missingCount };
}

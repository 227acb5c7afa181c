import type { StoredIncident } from '../incident.ts';
import type { Problem } from './message.ts';
import { GROUP_MS, MUTED_MS, type Notification, type Thread } from './notification.ts';

/** A notification that is due now or soon, with its present problem. */
export interface Due {
  readonly notification: Notification;
  readonly problem: Problem;
  readonly incident: StoredIncident | undefined;
}

export interface Joined {
  readonly notifications: readonly Notification[];
  readonly newThreads: readonly Thread[];
  /** The ids of all threads that have something to tell. */
  readonly touched: readonly string[];
}

/** The thread that a notification belongs to. An open thread is found by its key. */
export interface Place extends Pick<Thread, 'key' | 'repo' | 'condition' | 'about'> {}

/**
 * The key of the thread that tells a problem: problems with the same cause share one. `isSilent` means that the repo
 * has several targets and all are STALE, including those that never reported.
 */
export function placeOf(
  { notification, problem, incident }: Due,
  { isSilent, digest }: { isSilent: (repo: string) => boolean; digest: (text: string) => string },
): Place {
  const { target, errorKind, files } = problem;
  const { repo, server } = target;
  if (notification.isFlapping) {
    return { key: digest(textOf([repo, 'flapping', server])), repo, condition: 'drift', about: 'flapping' };
  }
  const isPipeline = problem.state === 'STALE' && isSilence(problem) && isSilent(repo);
  const condition = isPipeline ? 'stale' : problem.condition;
  const cause = {
    drift: [problem.incident?.cause, incident?.openedCommit, ...files],
    unknown: [errorKind],
    stale: [],
    never_reported: [],
  }[condition];
  const key = digest(textOf([repo, condition, ...cause]));
  return { key, repo, condition, about: isPipeline ? 'pipeline' : 'group' };
}

function isSilence({ condition }: Problem): boolean {
  return condition === 'stale' || condition === 'never_reported';
}

/** No two lists have the same text. */
function textOf(parts: readonly (string | undefined)[]): string {
  return JSON.stringify(parts.map((part) => part ?? null));
}

/**
 * Puts what is due now or within 15 seconds into the thread of its cause. What is muted waits: if it still lasts when
 * the mute ends, it is told then.
 */
export function joinThreads(
  due: readonly (Due & { readonly place: Place })[],
  {
    now,
    open,
    newId,
    isMuted,
  }: {
    now: number;
    /** The open threads, by key. */
    open: ReadonlyMap<string, Thread>;
    newId: () => string;
    isMuted: (problem: Problem) => boolean;
  },
): Joined {
  const notifications: Notification[] = [];
  const byKey = new Map<string, (Due & { readonly place: Place })[]>();
  for (const one of due) {
    if (!isMuted(one.problem)) byKey.set(one.place.key, [...(byKey.get(one.place.key) ?? []), one]);
    else if (one.notification.dueAt <= now)
      notifications.push({ ...one.notification, dueAt: now + MUTED_MS, heldUntil: now + MUTED_MS });
  }
  const newThreads: Thread[] = [];
  const touched: string[] = [];
  for (const [key, group] of byKey) {
    const [first] = group;
    if (first === undefined || !group.some(({ notification }) => notification.dueAt <= now)) continue;
    const known = open.get(key);
    const thread = known ?? newThread(first.place, newId());
    if (known === undefined) newThreads.push(thread);
    touched.push(thread.id);
    const joining = group.filter(({ notification }) => notification.dueAt <= now + GROUP_MS);
    notifications.push(...joining.map(({ notification }) => ({ ...notification, thread: thread.id })));
  }
  return { notifications, newThreads, touched };
}

function newThread(place: Place, id: string): Thread {
  return {
    ...place,
    id,
    actAt: undefined,
    toldAt: undefined,
    resolvedAt: undefined,
    closedAt: undefined,
    outgoing: undefined,
  };
}

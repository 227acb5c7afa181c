import { fileListOf } from '../file-list.ts';
import { compareSeverity } from '../state.ts';
import { compareTargets } from '../target.ts';
import type { Message, Problem } from './message.ts';
import { GROUP_MS, MUTED_MS, type Notification, type Thread, UPDATE_MS } from './notification.ts';

/** A notification of a thread with its present problem, or with the problem as it was told if that is over. */
export interface Entry {
  readonly notification: Notification;
  readonly problem: Problem;
}

export interface MessageDecision {
  readonly thread: Thread;
  /** The notifications that have changed. */
  readonly notifications: readonly Notification[];
}

interface DecisionContext {
  readonly now: number;
  readonly newId: () => string;
  /** Whether all targets of the repo, and at least two, are STALE. */
  readonly isSilent: (repo: string) => boolean;
  readonly isMuted: (problem: Problem) => boolean;
}

/** Whether the problem must be read again before `decideMessage`, because it may be told. */
export function needsFresh(thread: Thread, notification: Notification, now: number): boolean {
  if (notification.overAt !== undefined) return false;
  const { toldAt, hasNews, repeatMs } = notification;
  return toldAt === undefined || hasNews || now >= (thread.toldAt ?? 0) + repeatMs;
}

/**
 * Decides what a thread tells now: at most one message, otherwise when to look again. New problems go first, then
 * resolved ones, then open ones.
 */
export function decideMessage(
  thread: Thread,
  entries: readonly Entry[],
  context: DecisionContext,
): MessageDecision {
  if (entries.length === 0) return { thread: closed(thread, context.now), notifications: [] };
  const { now } = context;
  const parts = partsOf(thread, entries, context);
  const ready = parts.find(({ at, entries: told }) => at <= now && told.length > 0);
  if (ready !== undefined) return withMessage(thread, { ...ready, all: entries }, context);
  const waits = parts.filter(({ entries: told }) => told.length > 0).map(({ at }) => at);
  // A muted or acknowledged problem is told later, and nothing else says when.
  const actAt = Math.min(...waits, now + (waits.length === 0 ? MUTED_MS : UPDATE_MS));
  return { thread: { ...thread, actAt }, notifications: [] };
}

/** Something that a thread could tell, and the earliest instant for it. */
interface Part {
  readonly phase: Message['phase'];
  readonly entries: readonly Entry[];
  readonly at: number;
}

function partsOf(
  stored: Thread,
  entries: readonly Entry[],
  { now, isMuted }: DecisionContext,
): readonly Part[] {
  const thread = withoutFuture(stored, now);
  const lasting = entries.filter(({ notification }) => notification.overAt === undefined);
  const over = entries.filter(({ notification }) => notification.overAt !== undefined);
  const audible = lasting.filter(({ problem }) => !isMuted(problem));
  const fresh = audible.filter(
    ({ notification }) => notification.toldAt === undefined || notification.hasNews,
  );
  const old = audible.filter(
    ({ notification, problem }) => notification.toldAt !== undefined && problem.acknowledgedBy === undefined,
  );
  return [
    { phase: thread.toldAt === undefined ? 'opened' : 'updated', entries: fresh, at: updateAt(thread) },
    { phase: 'resolved', entries: over, at: resolveAt(thread, over, lasting.length === 0) },
    { phase: 'repeated', entries: old, at: repeatAt(thread, old) },
  ];
}

/** A message from a time when this machine's clock was ahead delays nothing. */
function withoutFuture({ toldAt, resolvedAt, ...thread }: Thread, now: number): Thread {
  const past = (at: number | undefined) => at && Math.min(at, now - UPDATE_MS);
  const isFuture = (at = 0) => at > now;
  return {
    ...thread,
    toldAt: isFuture(toldAt) ? past(toldAt) : toldAt,
    resolvedAt: isFuture(resolvedAt) ? past(resolvedAt) : resolvedAt,
  };
}

/** At most one update in five minutes; for a target that flaps it is sent at once. */
function updateAt({ toldAt, about }: Thread): number {
  return toldAt === undefined || about === 'flapping' ? 0 : toldAt + UPDATE_MS;
}

/** At most one resolve in five minutes. The last one is sent as soon as it is likely to be the last. */
function resolveAt({ resolvedAt }: Thread, over: readonly Entry[], isLast: boolean): number {
  const seen = over.map(({ notification }) => notification.overAt ?? 0);
  if (isLast) return Math.max(...seen) + GROUP_MS;
  return Math.max(Math.min(...seen) + GROUP_MS, (resolvedAt ?? 0) + UPDATE_MS);
}

function repeatAt({ toldAt = 0 }: Thread, old: readonly Entry[]): number {
  return toldAt + Math.min(...old.map(({ notification }) => notification.repeatMs));
}

function withMessage(
  thread: Thread,
  { phase, entries, all }: Part & { readonly all: readonly Entry[] },
  { now, newId, isSilent }: DecisionContext,
): MessageDecision {
  const id = phase === 'opened' ? thread.id : newId();
  const tells = new Set(entries);
  const left = all.filter((entry) => phase !== 'resolved' || !tells.has(entry));
  const stillOpen = left.filter(
    (entry) =>
      entry.notification.overAt === undefined &&
      (entry.notification.toldAt !== undefined || tells.has(entry)),
  ).length;
  const told = entries.map((entry) => tell(entry, { phase, now, id, about: thread.about }));
  const outgoing = { id, phase, at: now, stillOpen, attempts: 0, tryAt: now };
  const next: Thread =
    phase === 'resolved'
      ? {
          ...thread,
          outgoing,
          actAt: undefined,
          resolvedAt: now,
          closedAt: left.length === 0 ? now : undefined,
        }
      : { ...thread, outgoing, actAt: undefined, toldAt: now, about: aboutNow(thread, isSilent) };
  return { thread: next, notifications: told };
}

function aboutNow({ about, condition, repo }: Thread, isSilent: (repo: string) => boolean): Message['about'] {
  if (condition !== 'stale') return about;
  return isSilent(repo) ? 'pipeline' : 'group';
}

function tell(
  { notification, problem }: Entry,
  { phase, now, id, about }: { phase: Message['phase']; now: number; id: string; about: Message['about'] },
): Notification {
  if (phase === 'resolved') return { ...notification, closedAt: now, messageId: id };
  return {
    ...notification,
    told: {
      ...problem,
      labels: notification.told?.labels ?? problem.labels,
      files: filesToTell(notification, problem, about),
    },
    toldAt: notification.toldAt ?? now,
    hasNews: false,
    messageId: id,
  };
}

/** For a target that flaps: all files that differed since it was first told. */
function filesToTell({ told }: Notification, { files }: Problem, about: Message['about']): readonly string[] {
  return about === 'flapping' ? fileListOf([...(told?.files ?? []), ...files]).names : files;
}

function closed(thread: Thread, now: number): Thread {
  return { ...thread, actAt: undefined, closedAt: now };
}

/** The message that is on its way; `notifications` are those with its id. */
export function messageOf(thread: Thread, notifications: readonly Notification[]): Message | undefined {
  const { outgoing, condition, repo, about } = thread;
  if (outgoing === undefined) return undefined;
  const { id, phase, at, stillOpen } = outgoing;
  const told = notifications.flatMap((notification) => notification.told ?? []);
  // If a problem ended meanwhile, the next resolve says so.
  const asDecided =
    phase === 'resolved' ? told : told.map((problem) => ({ ...problem, resolution: undefined }));
  const problems = asDecided.sort(worstFirst);
  return { id, thread: thread.id, phase, condition, repo, about, at, problems, stillOpen };
}

function worstFirst(a: Problem, b: Problem): number {
  return compareSeverity(a.state, b.state) || a.since - b.since || compareTargets(a.target, b.target);
}

import { DomainError } from '../domain/errors.ts';
import type { Report } from '../domain/report.ts';
import type { Recorded, Store } from '../store/store.ts';

interface Submission {
  readonly reports: readonly Report[];
  readonly resolve: (recorded: readonly Recorded[]) => void;
  readonly reject: (error: unknown) => void;
}

/** How many reports share a transaction at most, so that no reader waits long for the writer. */
const MAX_GROUP = 2000;

/**
 * As the store's `record`, for many who record at the same time: what waits shares one transaction, so one flush to
 * the disk serves them all.
 */
export function createGroupCommit(store: Pick<Store, 'record'>): Store['record'] {
  const queue: Submission[] = [];
  let isDraining = false;

  async function drain(): Promise<void> {
    isDraining = true;
    while (queue.length > 0) {
      // What arrives in the same turn of the event loop belongs in the same group.
      await new Promise((resolve) => setImmediate(resolve));
      await writeGroup(store, takeGroup(queue));
    }
    isDraining = false;
  }

  return (reports) =>
    new Promise((resolve, reject) => {
      queue.push({ reports, resolve, reject });
      if (!isDraining) void drain();
    });
}

/** After so many reports a call begins: the other end has something to do while the next ones come in. */
const CALL_AT = 16;

/**
 * As the store's `record`, where that is a call to another thread, which groups what comes while it writes: what is
 * recorded in the same turn of the event loop shares a few calls, as each costs both ends more than a report.
 */
export function createSharedCalls(store: Pick<Store, 'record'>): Store['record'] {
  let queue: Submission[] = [];
  let queuedReports = 0;

  function call(): void {
    const group = queue;
    queue = [];
    queuedReports = 0;
    if (group.length > 0) void writeGroup(store, group);
  }

  return (reports) =>
    new Promise((resolve, reject) => {
      if (queue.length === 0) setImmediate(call);
      queue.push({ reports, resolve, reject });
      queuedReports += reports.length;
      if (queuedReports >= CALL_AT) call();
    });
}

/** As many of those that wait longest as may share a transaction, but always the first. */
function takeGroup(queue: Submission[]): Submission[] {
  let reports = 0;
  const end = queue.findIndex((next, i) => {
    reports += next.reports.length;
    return i > 0 && reports > MAX_GROUP;
  });
  return queue.splice(0, end < 0 ? queue.length : end);
}

/**
 * Where the group fails, each submission is tried alone: one that cannot be stored takes no other with it. Not so
 * where the store cannot write at all: each try would wait for the lock again, and everybody with it.
 */
async function writeGroup(store: Pick<Store, 'record'>, group: readonly Submission[]): Promise<void> {
  try {
    const recorded = await store.record(group.flatMap(({ reports }) => reports));
    let start = 0;
    for (const { reports, resolve } of group) {
      resolve(recorded.slice(start, start + reports.length));
      start += reports.length;
    }
  } catch (error) {
    if (group.length === 1 || isUnavailable(error)) for (const { reject } of group) reject(error);
    else for (const submission of group) await writeGroup(store, [submission]);
  }
}

function isUnavailable(error: unknown): boolean {
  return error instanceof DomainError && error.code === 'unavailable';
}

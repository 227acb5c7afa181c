import type { RecordedStatus } from '../../domain/record/facts.ts';
import { staleWatches, targetStatuses } from './schema.ts';
import type { Session } from './session.ts';
import { command } from './statement.ts';
import { rowsWriter, updateList } from './table-columns.ts';
import { fromStatus } from './target-table.ts';

/** The status of a target before and after a transaction. */
export interface StatusChange {
  readonly targetId: number;
  readonly before: RecordedStatus | undefined;
  readonly after: RecordedStatus;
}

/** The rows are there and locked: each is updated by its key. */
const STATUSES = rowsWriter(targetStatuses, {
  ending: `ON CONFLICT (target_id) DO UPDATE SET ${updateList(targetStatuses)}`,
});

const WATCHES = rowsWriter(staleWatches, {
  ending: 'ON CONFLICT (target_id) DO UPDATE SET due_at = least(stale_watch.due_at, excluded.due_at)',
});

const UNWATCH = command<{ ids: readonly number[] }>(
  'DELETE FROM stale_watch WHERE target_id = ANY (:ids::bigint[])',
);

/** Sends the statuses of locked targets, and when to look at them again. */
export function writeStatuses(session: Session, changes: readonly StatusChange[]): Promise<unknown> {
  if (changes.length === 0) return Promise.resolve();
  const rows = changes.map(({ targetId, after }) => fromStatus(targetId, after));
  const watched = changes.filter(needsWatch);
  return Promise.all([
    session.all(STATUSES.statement, STATUSES.arrays(rows)),
    watched.length === 0 ? undefined : watch(session, watched),
  ]);
}

/**
 * Sets anew when to look at targets that were looked at: never, where they were told to be STALE, or are deleted or gone.
 * `ids`: all of them.
 */
export function watchAgain(
  session: Session,
  looked: readonly Omit<StatusChange, 'before'>[],
  ids: readonly number[],
): Promise<unknown> {
  const isOpen = looked.filter(({ after }) => isTold(after));
  return Promise.all([
    session.all(UNWATCH, { ids }),
    isOpen.length === 0 ? undefined : watch(session, isOpen),
  ]);
}

function watch(session: Session, changes: readonly Omit<StatusChange, 'before'>[]) {
  const rows = changes.map(({ targetId, after }) => ({ targetId, dueAt: after.staleAt }));
  return session.all(WATCHES.statement, WATCHES.arrays(rows));
}

/**
 * A target that was last told to be in any other state than STALE is watched from its `stale_at` on, or from an earlier
 * one: so the usual report, which moves it on, need not write.
 */
function needsWatch({ before, after }: StatusChange): boolean {
  return isTold(after) && !(before !== undefined && isTold(before) && before.staleAt <= after.staleAt);
}

function isTold({ announcedState }: RecordedStatus): boolean {
  return announcedState !== undefined && announcedState !== 'STALE';
}

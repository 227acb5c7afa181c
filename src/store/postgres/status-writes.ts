import type { RecordedStatus } from '../../domain/record/facts.ts';
import { staleWatches, targetStatuses } from './schema.ts';
import type { Session } from './session.ts';
import { command } from './statement.ts';
import { columnNames, type Inserted, rowsWriter, updateList } from './table-columns.ts';
import { fromStatus } from './target-table.ts';
import type { Transaction } from './transaction.ts';

/** The status of a target before and after a transaction. */
export interface StatusChange {
  readonly targetId: number;
  readonly before: RecordedStatus | undefined;
  readonly after: RecordedStatus;
  /** What its newest reports add to the tail. Undefined if it stays as it is. */
  readonly tail?: TailColumns | undefined;
}

/** The newest report of a target, and the pack that it is in. */
const TAIL = [
  'durationMs',
  'runUrl',
  'tailFirstAt',
  'tailFirstReceivedAt',
  'tailFirstLastCheckAt',
  'tailFirstDurationMs',
] as const;
const TAIL_CONTENTS = [
  'tailChecked',
  'tailReceived',
  'tailLastChecks',
  'tailDurations',
  'tailRunUrls',
] as const;

/** The contents are appended if they belong to the pack that is there. */
export type TailColumns = Required<
  Pick<Inserted<typeof targetStatuses>, (typeof TAIL)[number] | (typeof TAIL_CONTENTS)[number]>
>;

const IS_SAME_PACK = `(target_status.tail_first_at, target_status.tail_first_received_at)
  = (excluded.tail_first_at, excluded.tail_first_received_at)`;
const TAKE_CONTENTS = [
  'tail_checked',
  'tail_received',
  'tail_last_checks',
  'tail_durations',
  'tail_run_urls',
].map(
  (name) =>
    `${name} = CASE WHEN ${IS_SAME_PACK} THEN target_status.${name} || excluded.${name} ELSE excluded.${name} END`,
);

/** The rows are there and locked: each is updated by its key. */
const STATUSES = rowsWriter(targetStatuses, {
  names: columnNames(targetStatuses, [...TAIL, ...TAIL_CONTENTS]),
  ending: `ON CONFLICT (target_id) DO UPDATE SET ${updateList(targetStatuses, [...TAIL, ...TAIL_CONTENTS])}`,
});
const WITH_TAILS = rowsWriter(targetStatuses, {
  ending: `ON CONFLICT (target_id) DO UPDATE SET ${updateList(targetStatuses, TAIL_CONTENTS)}, ${TAKE_CONTENTS.join(', ')}`,
});

const TAILS = rowsWriter(targetStatuses, {
  names: ['targetId', ...TAIL, ...TAIL_CONTENTS],
  ending: `ON CONFLICT (target_id) DO UPDATE SET ${updateList(
    targetStatuses,
    columnNames(targetStatuses, [...TAIL, ...TAIL_CONTENTS]),
  )}`,
});

const WATCHES = rowsWriter(staleWatches, {
  ending: 'ON CONFLICT (target_id) DO UPDATE SET due_at = least(stale_watch.due_at, excluded.due_at)',
});

const UNWATCH = command<{ ids: readonly number[] }>(
  'DELETE FROM stale_watch WHERE target_id = ANY (:ids::bigint[])',
);

/** Sends the statuses of locked targets, and when to look at them again. */
export function writeStatuses(transaction: Transaction, changes: readonly StatusChange[]): void {
  const withTails = changes.flatMap(({ targetId, after, tail }) =>
    // Copying so many columns would take longer than everything else.
    tail === undefined ? [] : [Object.assign(fromStatus(targetId, after), tail)],
  );
  const others = changes.flatMap(({ targetId, after, tail }) =>
    tail === undefined ? [fromStatus(targetId, after)] : [],
  );
  if (withTails.length > 0) transaction.send(WITH_TAILS.statement, WITH_TAILS.arrays(withTails));
  if (others.length > 0) transaction.send(STATUSES.statement, STATUSES.arrays(others));
  watch(transaction, changes.filter(needsWatch));
}

/** Sends the tail of a target that has none yet. */
export async function writeTail(session: Session, targetId: number, tail: TailColumns): Promise<void> {
  await session.all(TAILS.statement, TAILS.arrays([{ targetId, ...tail }]));
}

/**
 * Sets again when to look at targets that were looked at: never, if they were told to be STALE, or are deleted or gone.
 * `ids`: all of them.
 */
export function watchAgain(
  transaction: Transaction,
  looked: readonly Omit<StatusChange, 'before'>[],
  ids: readonly number[],
): void {
  transaction.send(UNWATCH, { ids });
  watch(
    transaction,
    looked.filter(({ after }) => isTold(after)),
  );
}

function watch(transaction: Transaction, changes: readonly Omit<StatusChange, 'before'>[]): void {
  const rows = changes.map(({ targetId, after }) => ({ targetId, dueAt: after.staleAt }));
  if (rows.length > 0) transaction.send(WATCHES.statement, WATCHES.arrays(rows));
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

import type { NewestPush, TargetFilter } from '../../domain/questions/reader.ts';
import type { Labels, Target } from '../../domain/target.ts';
import { toLabels } from '../row-values.ts';
import { lockTargetIds } from './locking.ts';
import { deletedPushes } from './schema.ts';
import type { Session } from './session.ts';
import { type BetweenSlices, IN_SLICES, readInSlices, type SliceParams } from './slices.ts';
import { cachedStatement, statement } from './statement.ts';
import { rowsWriter } from './table-columns.ts';
import { shownBy } from './target-filter.ts';

interface Row extends Target {
  readonly receivedAt: number;
  readonly labels: string | null;
  readonly pushGroup: string | null;
  readonly isDeleted: boolean;
}

/** `target` in the order of its name; for each a seek in the keys of `target_status`, `source` and `deleted_push`. */
const newestBy = (filter: TargetFilter) => `
  SELECT t.repo, t.server, s.received_at AS "receivedAt", c.extra::json -> 'labels' #>> '{}' AS labels,
    c.push_group AS "pushGroup", d.target_id IS NOT NULL AS "isDeleted"
  FROM target t
  JOIN target_status s ON s.target_id = t.id
  JOIN source c ON c.id = s.source_id AND c.pushed
  LEFT JOIN deleted_push d
    ON d.target_id = t.id AND d.checked_at = s.checked_at AND d.received_at = s.received_at
  WHERE ${shownBy(filter)} ${IN_SLICES}`;

/** The targets whose newest report is a push. */
export async function newestPushes(
  session: Session,
  filter: TargetFilter,
  betweenSlices: BetweenSlices,
): Promise<NewestPush[]> {
  const asked = cachedStatement<SliceParams, Row>(newestBy(filter));
  const pushes: NewestPush[] = [];
  for await (const slice of readInSlices(session, asked, { filter, betweenSlices, also: {} })) {
    pushes.push(...slice.map(toPush));
  }
  return pushes;
}

function toPush({ repo, server, receivedAt, labels, pushGroup, isDeleted }: Row): NewestPush {
  return {
    target: { repo, server },
    receivedAt,
    labels: toLabels(labels ?? '{}'),
    group: pushGroup === null ? undefined : toLabels(pushGroup),
    isDeleted,
  };
}

interface PushedRow extends Target {
  readonly targetId: number;
  readonly checkedAt: number;
  readonly receivedAt: number;
}

/** A scan of `target`, with a seek in the keys of `target_status` and `source` for each: groups are seldom deleted. */
const OF_GROUP = statement<{ group: string }, PushedRow>(`
  SELECT t.id AS "targetId", t.repo, t.server, s.checked_at AS "checkedAt", s.received_at AS "receivedAt"
  FROM target t
  JOIN target_status s ON s.target_id = t.id
  JOIN source c ON c.id = s.source_id AND c.pushed AND c.push_group = :group
  WHERE t.deleted_at IS NULL ORDER BY t.repo, t.server`);

const MARKS = rowsWriter(deletedPushes, {
  ending:
    'ON CONFLICT (target_id) DO UPDATE SET checked_at = excluded.checked_at, received_at = excluded.received_at',
});

/** Marks the newest reports of a group as deleted, in the caller's transaction: see the port. */
export async function deletePushes(
  session: Session,
  group: Labels,
  check: (targets: readonly Target[]) => void,
): Promise<readonly Target[]> {
  const asked = { group: JSON.stringify(group) };
  const found = await session.all(OF_GROUP, asked);
  // Which reports are the newest is only certain once no other may come.
  await lockTargetIds(
    session,
    found.map(({ targetId }) => targetId),
  );
  const ids = new Set(found.map(({ targetId }) => targetId));
  const rows = (await session.all(OF_GROUP, asked)).filter(({ targetId }) => ids.has(targetId));
  const targets = rows.map(({ repo, server }) => ({ repo, server }));
  check(targets);
  const marks = rows.map(({ targetId, checkedAt, receivedAt }) => ({ targetId, checkedAt, receivedAt }));
  if (marks.length > 0) await session.all(MARKS.statement, MARKS.arrays(marks));
  return targets;
}

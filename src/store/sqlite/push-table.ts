import type Sqlite from 'better-sqlite3';
import type { NewestPush, TargetFilter } from '../../domain/questions/reader.ts';
import type { Labels, Target } from '../../domain/target.ts';
import { toLabels } from '../row-values.ts';
import { prepared } from './prepared.ts';
import { type BetweenSlices, IN_SLICES, readInSlices, type SliceParams } from './slices.ts';
import { shownBy } from './target-filter.ts';

interface Row extends Target {
  readonly receivedAt: number;
  readonly labels: string | null;
  readonly pushGroup: string | null;
  readonly isDeleted: number;
}

/** `target` in the order of its name; for each a seek in the keys of `target_status`, `source` and `deleted_push`. */
const newestBy = (filter: TargetFilter) => `
  SELECT t.repo, t.server, s.received_at AS receivedAt, c.extra ->> '$.labels' AS labels, c.push_group AS pushGroup,
    d.target_id IS NOT NULL AS isDeleted
  FROM target t
  JOIN target_status s ON s.target_id = t.id
  JOIN source c ON c.id = s.source_id AND c.pushed
  LEFT JOIN deleted_push d
    ON d.target_id = t.id AND d.checked_at = s.checked_at AND d.received_at = s.received_at
  WHERE ${shownBy(filter)} ${IN_SLICES}`;

/** The targets whose newest report is a push. */
export function newestPushes(
  client: Sqlite.Database,
  filter: TargetFilter,
  betweenSlices: BetweenSlices,
): NewestPush[] {
  return client.transaction(() => {
    const statement = prepared<[SliceParams], Row>(client, newestBy(filter));
    return Array.from(readInSlices(statement, filter, { betweenSlices }), toPush);
  })();
}

function toPush({ repo, server, receivedAt, labels, pushGroup, isDeleted }: Row): NewestPush {
  return {
    target: { repo, server },
    receivedAt,
    labels: toLabels(labels ?? '{}'),
    group: pushGroup === null ? undefined : toLabels(pushGroup),
    isDeleted: isDeleted === 1,
  };
}

interface DeletedRow extends Target {
  readonly targetId: number;
  readonly checkedAt: number;
  readonly receivedAt: number;
}

/** A scan of `target`, with a seek in the keys of `target_status` and `source` for each: groups are seldom deleted. */
const OF_GROUP = `
  SELECT t.id AS targetId, t.repo, t.server, s.checked_at AS checkedAt, s.received_at AS receivedAt
  FROM target t
  CROSS JOIN target_status s ON s.target_id = t.id
  CROSS JOIN source c ON c.id = s.source_id AND c.pushed AND c.push_group = ?
  WHERE t.deleted_at IS NULL`;

/** Marks the newest reports of a group as deleted, in the caller's transaction: see the port. */
export function pushDeletion(
  client: Sqlite.Database,
): (group: Labels, check: (targets: readonly Target[]) => void) => readonly Target[] {
  const ofGroup = client.prepare<[string], DeletedRow>(OF_GROUP);
  const mark = client.prepare<[number, number, number]>(
    'INSERT OR REPLACE INTO deleted_push (target_id, checked_at, received_at) VALUES (?, ?, ?)',
  );
  return (group, check) => {
    const rows = ofGroup.all(JSON.stringify(group));
    const targets = rows.map(({ repo, server }) => ({ repo, server }));
    check(targets);
    for (const { targetId, checkedAt, receivedAt } of rows) mark.run(targetId, checkedAt, receivedAt);
    return targets;
  };
}

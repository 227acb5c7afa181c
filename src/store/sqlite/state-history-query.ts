import type Sqlite from 'better-sqlite3';
import type { SyncStatus } from '../../domain/finding.ts';
import type { Range } from '../../domain/instant.ts';
import type { OfTarget, Part, StateHistory, TargetFilter } from '../../domain/questions/reader.ts';
import type { Speaking } from '../../domain/questions/timeline.ts';
import type { Target } from '../../domain/target.ts';
import { toLabels, toSyncStatus } from '../row-values.ts';
import { toTarget } from './named-target.ts';
import type { Database } from './open.ts';
import { prepared } from './prepared.ts';
import { type BetweenSlices, IN_SLICES, readInSlices, type SliceParams } from './slices.ts';
import { namedBy } from './target-filter.ts';

/** Every target, deleted ones included, with its current period: a seek in the key of `target_status` for each. */
const everyTarget = (filter: TargetFilter) => `
  SELECT t.id AS targetId, t.repo, t.server, t.labels, t.declared_at AS declaredAt, t.deleted_at AS deletedAt,
    s.started_at AS startedAt, s.stale_at AS staleAt, s.sync_status AS syncStatus
  FROM target t
  LEFT JOIN target_status s ON s.target_id = t.id
  WHERE (s.target_id IS NOT NULL OR t.declared_at IS NOT NULL) AND ${namedBy(filter)} ${IN_SLICES}`;

/** A range of the key: from the last period that began by `from` to the last that began before `to`. */
const PERIODS = `
  SELECT started_at, stale_at, sync_status FROM period
  WHERE target_id = :targetId AND started_at < :to AND started_at >= coalesce(
    (SELECT max(p.started_at) FROM period p WHERE p.target_id = :targetId AND p.started_at <= :from), :from)
  ORDER BY started_at, received_at`;

/** A range of `incident_opened`, from the last one that opened by `from`: incidents of a target do not overlap. */
const INCIDENTS = `
  SELECT opened_at AS openedAt, resolved_at AS resolvedAt FROM incident
  WHERE target_id = :targetId AND opened_at < :to AND opened_at >= coalesce(
      (SELECT max(i.opened_at) FROM incident i WHERE i.target_id = :targetId AND i.opened_at <= :from), :from)
    AND (resolved_at IS NULL OR resolved_at >= :from OR opened_at >= :from)
  ORDER BY opened_at, id`;

type OfTargetId = Range & { readonly targetId: number };
type PeriodValues = [startedAt: number, staleAt: number, syncStatus: SyncStatus];

interface IncidentRow {
  readonly openedAt: number;
  readonly resolvedAt: number | null;
}

interface TargetRow extends Target {
  readonly targetId: number;
  readonly labels: string;
  readonly declaredAt: number | null;
  readonly deletedAt: number | null;
  /** Null if it never reported, like the next two. */
  readonly startedAt: number | null;
  readonly staleAt: number | null;
  readonly syncStatus: number | null;
}

interface Asked {
  readonly range: Range;
  readonly visit: (history: StateHistory) => void;
  readonly part?: Pick<Part<OfTarget>, 'isWanted'> | undefined;
  readonly betweenSlices: BetweenSlices;
}

/** A year of a large fleet is a million periods. Only three numbers of each are read, for one target at a time. */
export function visitStateHistories(
  { $client: client }: Database,
  filter: TargetFilter,
  { range, visit, part, betweenSlices }: Asked,
): void {
  const targets = prepared<[SliceParams], TargetRow>(client, everyTarget(filter));
  const periodsOf = periodReader(client, range);
  const incidents = prepared<[OfTargetId], IncidentRow>(client, INCIDENTS);
  client.transaction(() => {
    for (const row of readInSlices(targets, filter, { betweenSlices })) {
      betweenSlices();
      const target = toTarget(row);
      if (part?.isWanted?.({ target }) === false) continue;
      const found = incidents.all({ targetId: row.targetId, ...range });
      visit({
        target,
        labels: toLabels(row.labels),
        declaredAt: row.declaredAt ?? undefined,
        deletedAt: row.deletedAt ?? undefined,
        periods: periodsOf(row),
        incidents: found.map(({ openedAt, resolvedAt }) => ({
          openedAt,
          resolvedAt: resolvedAt ?? undefined,
        })),
      });
    }
  })();
}

function periodReader(client: Sqlite.Database, { from, to }: Range): (row: TargetRow) => Speaking[] {
  const over = prepared<[OfTargetId], PeriodValues>(client, PERIODS);
  // As arrays: they take less time than objects.
  over.raw(true);
  return ({ targetId, startedAt, staleAt, syncStatus }) => {
    if (startedAt === null || staleAt === null || syncStatus === null) return [];
    // Earlier periods reach into the range only if the current one began inside or after it.
    const before = startedAt > from ? over.all({ targetId, from, to }) : [];
    const current: PeriodValues[] = startedAt < to ? [[startedAt, staleAt, toSyncStatus(syncStatus)]] : [];
    return [...before, ...current].map(([startedAt, staleAt, syncStatus]) => ({
      startedAt,
      staleAt,
      finding: { syncStatus },
    }));
  };
}

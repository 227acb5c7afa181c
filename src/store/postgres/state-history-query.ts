import type { Range } from '../../domain/instant.ts';
import type { OfTarget, Part, StateHistory, TargetFilter } from '../../domain/questions/reader.ts';
import type { Speaking } from '../../domain/questions/timeline.ts';
import type { Target } from '../../domain/target.ts';
import { toLabels, toSyncStatus } from '../row-values.ts';
import { grouped } from './grouped.ts';
import type { PeriodRow } from './rows.ts';
import type { Session } from './session.ts';
import { type BetweenSlices, IN_SLICES, readInSlices, type SliceParams } from './slices.ts';
import { cachedStatement, statement } from './statement.ts';
import { namedBy } from './target-filter.ts';
import { WITH_STATUS } from './target-table.ts';

/** Every target, deleted ones included, with its current period: a seek in the key of `target_status` for each. */
const everyTarget = (filter: TargetFilter) => `
  SELECT t.id AS "targetId", t.repo, t.server, t.labels, t.declared_at AS "declaredAt", t.deleted_at AS "deletedAt",
    s.started_at AS "startedAt", s.stale_at AS "staleAt", s.sync_status AS "syncStatus"
  FROM target t ${WITH_STATUS}
  WHERE (s.target_id IS NOT NULL OR t.declared_at IS NOT NULL) AND ${namedBy(filter)} ${IN_SLICES}`;

type OfTargets = Range & { readonly ids: readonly number[] };
type Over = Pick<PeriodRow, 'startedAt' | 'staleAt' | 'syncStatus'> & { readonly targetId: number };

/** For each a range of the key: from the last period that began by `from` to the last that began before `to`. */
const PERIODS = statement<OfTargets, Over>(`
  SELECT p.target_id AS "targetId", p.started_at AS "startedAt", p.stale_at AS "staleAt", p.sync_status AS "syncStatus"
  FROM unnest(:ids::bigint[]) AS w(target_id)
  JOIN period p ON p.target_id = w.target_id AND p.started_at < :to AND p.started_at >= coalesce(
    (SELECT max(q.started_at) FROM period q WHERE q.target_id = w.target_id AND q.started_at <= :from), :from)
  ORDER BY p.target_id, p.started_at, p.received_at`);

interface IncidentRow {
  readonly targetId: number;
  readonly openedAt: number;
  readonly resolvedAt: number | null;
}

/** For each a range of `incident_opened`, from the last one that opened by `from`: incidents of a target do not overlap. */
const INCIDENTS = statement<OfTargets, IncidentRow>(`
  SELECT i.target_id AS "targetId", i.opened_at AS "openedAt", i.resolved_at AS "resolvedAt"
  FROM unnest(:ids::bigint[]) AS w(target_id)
  JOIN incident i ON i.target_id = w.target_id AND i.opened_at < :to AND i.opened_at >= coalesce(
    (SELECT max(j.opened_at) FROM incident j WHERE j.target_id = w.target_id AND j.opened_at <= :from), :from)
  WHERE i.resolved_at IS NULL OR i.resolved_at >= :from OR i.opened_at >= :from
  ORDER BY i.target_id, i.opened_at, i.id`);

interface TargetRow extends Target {
  readonly targetId: number;
  readonly labels: string;
  readonly declaredAt: number | null;
  readonly deletedAt: number | null;
  /** Null if it never reported, as the next two. */
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

/** How many targets are read at once: the history of each may be long. */
const AT_ONCE = 100;

/** A year of a large fleet is a million periods: of each only three values are read, and those of few targets at a time. */
export async function visitStateHistories(
  session: Session,
  filter: TargetFilter,
  { range, visit, part, betweenSlices }: Asked,
): Promise<void> {
  const asked = cachedStatement<SliceParams, TargetRow>(everyTarget(filter));
  for await (const slice of readInSlices(session, asked, { filter, betweenSlices, also: {} })) {
    const wanted = slice.filter(
      ({ repo, server }) => part?.isWanted?.({ target: { repo, server } }) !== false,
    );
    for (let start = 0; start < wanted.length; start += AT_ONCE) {
      betweenSlices();
      for (const history of await readHistories(session, wanted.slice(start, start + AT_ONCE), range)) {
        visit(history);
      }
    }
  }
}

async function readHistories(
  session: Session,
  rows: readonly TargetRow[],
  range: Range,
): Promise<StateHistory[]> {
  const ids = rows.map(({ targetId }) => targetId);
  // What came before the current period reaches into the range only if that one began inside or after it.
  const reaching = rows.filter(({ startedAt }) => startedAt !== null && startedAt > range.from);
  const [periods, incidents] = await Promise.all([
    session.all(PERIODS, { ids: reaching.map(({ targetId }) => targetId), ...range }),
    session.all(INCIDENTS, { ids, ...range }),
  ]);
  const periodsOf = grouped(periods, ({ targetId }) => targetId);
  const incidentsOf = grouped(incidents, ({ targetId }) => targetId);
  return rows.map((row) => ({
    target: { repo: row.repo, server: row.server },
    labels: toLabels(row.labels),
    declaredAt: row.declaredAt ?? undefined,
    deletedAt: row.deletedAt ?? undefined,
    periods: [...(periodsOf.get(row.targetId) ?? []).map(toSpeaking), ...currentOf(row, range)],
    incidents: (incidentsOf.get(row.targetId) ?? []).map(({ openedAt, resolvedAt }) => ({
      openedAt,
      resolvedAt: resolvedAt ?? undefined,
    })),
  }));
}

function currentOf({ startedAt, staleAt, syncStatus }: TargetRow, { to }: Range): Speaking[] {
  if (startedAt === null || staleAt === null || syncStatus === null || startedAt >= to) return [];
  return [{ startedAt, staleAt, finding: { syncStatus: toSyncStatus(syncStatus) } }];
}

function toSpeaking({ startedAt, staleAt, syncStatus }: Over): Speaking {
  return { startedAt, staleAt, finding: { syncStatus } };
}

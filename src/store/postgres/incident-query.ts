import type { Range } from '../../domain/instant.ts';
import { firstOfAllRead, type ListStart } from '../../domain/questions/first-of-all.ts';
import type { IncidentPart, TargetFilter, TargetIncident } from '../../domain/questions/reader.ts';
import type { Target } from '../../domain/target.ts';
import { ReadBudget } from '../read-budget.ts';
import {
  ACKNOWLEDGEMENT_COLUMNS,
  type AcknowledgementColumns,
  toAcknowledgement,
} from './acknowledgement-rows.ts';
import { grouped } from './grouped.ts';
import { INCIDENT_COLUMNS, type IncidentRow, toIncident } from './rows.ts';
import { first, type Session } from './session.ts';
import { type BetweenSlices, IN_SLICES, readInSlices, type SliceParams } from './slices.ts';
import { cachedStatement, statement } from './statement.ts';
import { shownBy } from './target-filter.ts';

type TargetRow = Target & { readonly targetId: number };

const targetsIn = (filter: TargetFilter) =>
  `SELECT t.id AS "targetId", t.repo, t.server FROM target t WHERE ${shownBy(filter)} ${IN_SLICES}`;

const NAMES = '(:commits::text[])';

/**
 * For each target a range of `incident_opened`: incidents of a target do not overlap, so none that opened before the last
 * one that had by `from` reaches into the range. Without the files: a list of them may be long.
 */
const incidentsOf = (commits: IncidentPart['commits']) => `
  SELECT w.target_id AS "targetId", found.* FROM unnest(:ids::bigint[]) AS w(target_id)
  CROSS JOIN LATERAL (
    SELECT id, opened_at AS "openedAt" FROM incident
    WHERE incident.target_id = w.target_id AND opened_at < :to AND opened_at >= coalesce(
        (SELECT max(i.opened_at) FROM incident i WHERE i.target_id = w.target_id AND i.opened_at <= :from), :from)
      AND (resolved_at IS NULL OR resolved_at > :from OR opened_at >= :from)
      ${commits === undefined ? '' : `AND (opened_commit = ANY ${NAMES} OR deployed_commit = ANY ${NAMES} OR resolved_commit = ANY ${NAMES})`}
    ORDER BY opened_at DESC, id DESC LIMIT :most::bigint) AS found
  ORDER BY found."openedAt" DESC, found.id DESC`;

/** By their keys, which are those of their acknowledgements, too. */
const INCIDENTS = statement<{ ids: readonly number[] }, IncidentRow & AcknowledgementColumns>(`
  SELECT ${INCIDENT_COLUMNS}, ${ACKNOWLEDGEMENT_COLUMNS}
  FROM incident LEFT JOIN acknowledgement a ON a.incident_id = incident.id WHERE incident.id = ANY (:ids::bigint[])`);

/** By the keys of both. */
const TARGET_OF = statement<{ id: number }, Target>(`
  SELECT t.repo, t.server FROM incident i JOIN target t ON t.id = i.target_id WHERE i.id = :id AND ${shownBy({})}`);

interface Key {
  readonly id: number;
  readonly openedAt: number;
}

interface Found extends Key {
  readonly target: Target;
}

interface OfTargets extends Range {
  readonly ids: readonly number[];
  readonly commits: readonly string[];
  /** Null for no limit. */
  readonly most: number | null;
}

interface Asked {
  readonly range: Range;
  readonly part?: IncidentPart | undefined;
  readonly betweenSlices: BetweenSlices;
}

/** How many incidents are read at once: a list of files may be long. */
const AT_ONCE = 100;

/** Undefined if there is none with this id, or its target is deleted. */
export async function incidentById(session: Session, id: number): Promise<TargetIncident | undefined> {
  const [target, row] = await Promise.all([
    first(session, TARGET_OF, { id }),
    first(session, INCIDENTS, { ids: [id] }),
  ]);
  if (target === undefined || row === undefined) return undefined;
  return { target, ...toIncident(row), acknowledgement: toAcknowledgement(row) };
}

/** Newest first, over all targets. Which ones these are is found out before their files are read. */
export async function incidentsInRange(
  session: Session,
  filter: TargetFilter,
  { range, part = {}, betweenSlices }: Asked,
): Promise<TargetIncident[]> {
  const { limit = Number.POSITIVE_INFINITY, isWanted, isWantedId, commits } = part;
  const budget = new ReadBudget();
  const keysOf = cachedStatement<OfTargets, Key & { targetId: number }>(incidentsOf(commits));
  const targets = cachedStatement<SliceParams, TargetRow>(targetsIn(filter));
  const wanted: TargetRow[] = [];
  for await (const slice of readInSlices(session, targets, { filter, betweenSlices, also: {} })) {
    wanted.push(...slice.filter(({ repo, server }) => isWanted?.({ target: { repo, server } }) ?? true));
  }
  const read = async (rows: readonly TargetRow[], most: number): Promise<ListStart<Found>[]> => {
    betweenSlices();
    const found = await session.all(keysOf, {
      ids: rows.map(({ targetId }) => targetId),
      ...range,
      commits: commits ?? [],
      most: most === Number.POSITIVE_INFINITY ? null : most,
    });
    const byTarget = grouped(found, ({ targetId }) => targetId);
    return rows.map(({ targetId, repo, server }) => {
      const keys = byTarget.get(targetId) ?? [];
      const items = isWantedId === undefined ? keys : keys.filter(({ id }) => isWantedId(id));
      budget.take(items.length);
      const last = keys.length < most ? undefined : keys.at(-1);
      return {
        items: items.map(({ id, openedAt }) => ({ target: { repo, server }, id, openedAt })),
        unreadFrom: last && -last.openedAt,
      };
    });
  };
  const compare = (a: Key, b: Key) => b.openedAt - a.openedAt || b.id - a.id;
  const placeOf = ({ openedAt }: Key) => -openedAt;
  const keys = await firstOfAllRead(wanted, read, { limit, placeOf, compare });
  return withFiles(session, keys, { budget, betweenSlices });
}

async function withFiles(
  session: Session,
  keys: readonly Found[],
  { budget, betweenSlices }: { budget: ReadBudget; betweenSlices: BetweenSlices },
): Promise<TargetIncident[]> {
  const incidents: TargetIncident[] = [];
  for (let start = 0; start < keys.length; start += AT_ONCE) {
    betweenSlices();
    const some = keys.slice(start, start + AT_ONCE);
    const rows = await session.all(INCIDENTS, { ids: some.map(({ id }) => id) });
    const byId = new Map(rows.map((row) => [row.id, row]));
    for (const { target, id } of some) {
      const row = byId.get(id);
      if (row === undefined) continue;
      budget.take(0, row.files.length);
      incidents.push({ target, ...toIncident(row), acknowledgement: toAcknowledgement(row) });
    }
  }
  return incidents;
}

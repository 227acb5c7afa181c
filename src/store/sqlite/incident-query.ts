import type Sqlite from 'better-sqlite3';
import type { Range } from '../../domain/instant.ts';
import { firstOfAll } from '../../domain/questions/first-of-all.ts';
import type { IncidentPart, TargetFilter, TargetIncident } from '../../domain/questions/reader.ts';
import type { Target } from '../../domain/target.ts';
import { ReadBudget } from '../read-budget.ts';
import { ACKNOWLEDGEMENT_COLUMNS, type AcknowledgementColumns, toAcknowledgement } from './acknowledging.ts';
import { toTarget } from './named-target.ts';
import type { Database } from './open.ts';
import { prepared } from './prepared.ts';
import { INCIDENT_COLUMNS, type IncidentRow, toIncident } from './rows.ts';
import { type BetweenSlices, IN_SLICES, readInSlices, type SliceParams } from './slices.ts';
import { shownBy } from './target-filter.ts';

/** This means no limit in SQLite. */
const NO_LIMIT = -1;

const targetsIn = (filter: TargetFilter) => `
  SELECT t.id AS targetId, t.repo, t.server FROM target t WHERE ${shownBy(filter)} ${IN_SLICES}`;

const NAMES = 'SELECT value FROM json_each(:commits)';

/**
 * A range of `incident_opened`. Incidents of a target do not overlap, so none before the last one opened by `from`
 * reaches into the range. The files are left out: a list of them may be long.
 */
const incidentsOf = (commits: IncidentPart['commits']) => `
  SELECT id, opened_at AS openedAt FROM incident
  WHERE target_id = :targetId AND opened_at < :to AND opened_at >= coalesce(
      (SELECT max(i.opened_at) FROM incident i WHERE i.target_id = :targetId AND i.opened_at <= :from), :from)
    AND (resolved_at IS NULL OR resolved_at > :from OR opened_at >= :from)
    ${commits === undefined ? '' : `AND (opened_commit IN (${NAMES}) OR deployed_commit IN (${NAMES}) OR resolved_commit IN (${NAMES}))`}
  ORDER BY opened_at DESC, id DESC LIMIT :limit`;

/** By its key, which is also that of its acknowledgement. */
const INCIDENT = `
  SELECT ${INCIDENT_COLUMNS}, ${ACKNOWLEDGEMENT_COLUMNS}
  FROM incident LEFT JOIN acknowledgement a ON a.incident_id = incident.id WHERE incident.id = ?`;

/** By the keys of both. */
const TARGET_OF = `
  SELECT t.id AS targetId, t.repo, t.server FROM incident i JOIN target t ON t.id = i.target_id
  WHERE i.id = ? AND ${shownBy({})}`;

interface Key {
  readonly id: number;
  readonly openedAt: number;
}

type OfTargetId = Range & { readonly targetId: number; readonly commits: string; readonly limit: number };

interface Asked {
  readonly range: Range;
  readonly part?: IncidentPart | undefined;
  readonly betweenSlices: BetweenSlices;
}

/** Undefined if there is none with this id, or its target is deleted. */
export function incidentById(client: Sqlite.Database, id: number): TargetIncident | undefined {
  return client.transaction(() => {
    const target = prepared<[number], Target & { targetId: number }>(client, TARGET_OF).get(id);
    const row = prepared<[number], IncidentRow & AcknowledgementColumns>(client, INCIDENT).get(id);
    if (target === undefined || row === undefined) return undefined;
    return { target: toTarget(target), ...toIncident(row), acknowledgement: toAcknowledgement(row) };
  })();
}

/** Newest first, over all targets. The incidents are chosen before their files are read. */
export function incidentsInRange(
  db: Database,
  filter: TargetFilter,
  {
    range,
    part: { limit = Number.POSITIVE_INFINITY, isWanted, isWantedId, commits } = {},
    betweenSlices,
  }: Asked,
): TargetIncident[] {
  const client = db.$client;
  const targets = prepared<[SliceParams], Target & { targetId: number }>(client, targetsIn(filter));
  const keysOf = prepared<[OfTargetId], Key>(client, incidentsOf(commits));
  const byId = prepared<[number], IncidentRow & AcknowledgementColumns>(client, INCIDENT);
  return client.transaction(() => {
    const budget = new ReadBudget();
    const names = JSON.stringify(commits ?? []);
    const wanted = [...readInSlices(targets, filter, { betweenSlices })].filter(
      (target) => isWanted?.({ target: toTarget(target) }) ?? true,
    );
    const read = ({ targetId, repo, server }: Target & { targetId: number }, most: number) => {
      betweenSlices();
      const target = toTarget({ targetId, repo, server });
      const keys = keysOf.all({
        targetId,
        ...range,
        commits: names,
        limit: most === Number.POSITIVE_INFINITY ? NO_LIMIT : most,
      });
      const found = isWantedId === undefined ? keys : keys.filter(({ id }) => isWantedId(id));
      budget.take(found.length);
      const last = keys.length < most ? undefined : keys.at(-1);
      return { items: found.map((key) => ({ target, ...key })), unreadFrom: last && -last.openedAt };
    };
    const compare = (a: Key, b: Key) => b.openedAt - a.openedAt || b.id - a.id;
    const keys = firstOfAll(wanted, read, { limit, placeOf: ({ openedAt }) => -openedAt, compare });
    return keys.flatMap(({ target, id }) => {
      const row = byId.get(id);
      if (row === undefined) return [];
      betweenSlices();
      budget.take(0, row.files.length);
      return [{ target, ...toIncident(row), acknowledgement: toAcknowledgement(row) }];
    });
  })();
}

import type Sqlite from 'better-sqlite3';
import type { SyncStatus } from '../../domain/finding.ts';
import type { StoredIncident } from '../../domain/incident.ts';
import { Facts, type Neighbours, type RecordedStatus } from '../../domain/record/facts.ts';
import {
  incidentWithout,
  planRemoval,
  planRepair,
  type Remainder,
  statusWithout,
} from '../../domain/record/plan-repair.ts';
import { MAX_AHEAD_MS } from '../../domain/report.ts';
import type { Target } from '../../domain/target.ts';
import { driftBetween } from './drift-between.ts';
import { eventInsert } from './event-log.ts';
import { Loading } from './loading.ts';
import { insertList, type RawRow, updateList } from './raw-rows.ts';
import { fromIncident } from './rows.ts';
import { incidents } from './schema.ts';
import { loadTargetById, type StoredTarget, statusWrite } from './target-table.ts';

interface Behind {
  readonly targetId: number;
  readonly at: number;
}

const AHEAD = 'SELECT target_id FROM target_status WHERE checked_at > ?';

const REMOVED = `
  SELECT f.sync_status AS syncStatus, count(*) AS reports FROM report r JOIN finding f ON f.id = r.finding_id
  WHERE r.target_id = :targetId AND r.checked_at > :at GROUP BY 1`;

/** The reports that are left; the newest one is the last of the key. */
const LEFT = `
  SELECT max(checked_at + received_lag_ms) AS newestReceivedAt, max(checked_at + last_check_lead_ms) AS newestLastCheckAt
  FROM report WHERE target_id = :targetId AND checked_at <= :at`;
const NEWEST_SOURCE = `
  SELECT source_id FROM report WHERE target_id = :targetId AND checked_at <= :at
  ORDER BY checked_at DESC, received_lag_ms DESC LIMIT 1`;

/**
 * Removes reports of more than five minutes in the future, recorded while the server's own clock was ahead, and what
 * they caused. Each target is one transaction of the caller.
 */
export class Repairing {
  readonly #ahead;
  readonly #loadTarget;
  readonly #writeStatus;
  readonly #insertEvent;
  readonly #drift;
  readonly #statements;
  readonly #client: Sqlite.Database;

  constructor(client: Sqlite.Database) {
    this.#client = client;
    this.#ahead = client.prepare<[number], number>(AHEAD).pluck();
    this.#loadTarget = loadTargetById(client);
    this.#writeStatus = statusWrite(client);
    this.#insertEvent = eventInsert(client);
    this.#drift = driftBetween(client);
    this.#statements = statementsOf(client);
  }

  /** The ids of the targets that have such reports. */
  targetsAhead(now: number): number[] {
    return this.#ahead.all(now + MAX_AHEAD_MS);
  }

  /** How many reports were removed. */
  repair(targetId: number, now: number): number {
    const existing = this.#loadTarget(targetId);
    const before = existing?.status;
    const behind = { targetId, at: now + MAX_AHEAD_MS };
    if (existing === undefined || before === undefined || before.checkedAt <= behind.at) return 0;
    const { removed, left, newestSource, removeReports } = this.#statements;
    const counts = { SYNCED: 0, OUT_OF_SYNC: 0, UNKNOWN: 0 };
    for (const { syncStatus, reports } of removed.all(behind)) counts[syncStatus] = reports;
    const neighbours = this.#neighbours(existing, behind);
    const sourceId = newestSource.get(behind);
    const largest = left.get(behind);
    removeReports.run(behind);
    if (neighbours.before === undefined || sourceId === undefined || largest === undefined) {
      this.#removeAll(existing, before, now);
    } else {
      const newest = { ...neighbours.before, sourceId };
      this.#cut(existing, {
        before,
        now,
        behind,
        remainder: { neighbours, newest, removed: counts, ...largest },
      });
    }
    return counts.SYNCED + counts.OUT_OF_SYNC + counts.UNKNOWN;
  }

  #neighbours(existing: StoredTarget, { at }: Behind): Neighbours {
    const facts = new Facts();
    const target = targetOf(existing);
    const need = { kind: 'neighbours', target, at } as const;
    new Loading(this.#client, () => existing).load(need, facts);
    const loaded = facts.get(need);
    if (loaded === undefined) throw new Error('What is around the instant must have been loaded.');
    return loaded.answer;
  }

  #cut(
    { id, labels }: StoredTarget,
    {
      before,
      now,
      behind,
      remainder,
    }: { before: RecordedStatus; now: number; behind: Behind; remainder: Remainder },
  ): void {
    const { removePeriods, removeIncidents, writeIncident } = this.#statements;
    const after = statusWithout(before, remainder);
    // The period of the newest report is now the current one: it is no longer over.
    removePeriods.run(id, after.startedAt, after.startReceivedAt);
    removeIncidents.run(behind);
    this.#writeStatus(id, after);
    const incident = this.#reopened(id, remainder.neighbours.incident, behind.at);
    if (incident !== undefined) writeIncident.run(fromIncident(id, incident));
    const { status, events } = planRepair(now, { before, after, incident, labels });
    this.#writeStatus(id, status);
    for (const event of events) this.#insertEvent(event);
  }

  /** The incident that is open after the removal. */
  #reopened(targetId: number, last: StoredIncident | undefined, at: number): StoredIncident | undefined {
    if (last === undefined || (last.resolvedAt !== undefined && last.resolvedAt <= at)) return undefined;
    const after = { checkedAt: last.openedAt, receivedAt: last.receivedAt - 1 };
    const drift = this.#drift(targetId, {
      after,
      before: undefined,
      withDeploys: last.deployed !== undefined,
    });
    return drift && incidentWithout(last, drift);
  }

  /** Nothing is left, as if the target had never reported. */
  #removeAll(existing: StoredTarget, before: RecordedStatus, now: number): void {
    const everything = { targetId: existing.id, at: Number.MIN_SAFE_INTEGER };
    this.#statements.removePeriods.run(existing.id, everything.at, 0);
    this.#statements.removeIncidents.run(everything);
    this.#statements.removeStatus.run(existing.id);
    for (const event of planRemoval(now, { existing, before })) this.#insertEvent(event);
  }
}

function targetOf({ status }: StoredTarget): Target {
  if (status === undefined) throw new Error('A target without reports has no reports that are ahead.');
  return status.target;
}

/** Each by a range of a key. */
function statementsOf(client: Sqlite.Database) {
  type Largest = Pick<Remainder, 'newestReceivedAt' | 'newestLastCheckAt'>;
  return {
    removed: client.prepare<[Behind], { syncStatus: SyncStatus; reports: number }>(REMOVED),
    left: client.prepare<[Behind], Largest>(LEFT),
    newestSource: client.prepare<[Behind], number>(NEWEST_SOURCE).pluck(),
    removeReports: client.prepare<[Behind]>(
      'DELETE FROM report WHERE target_id = :targetId AND checked_at > :at',
    ),
    removePeriods: client.prepare<[number, number, number]>(
      'DELETE FROM period WHERE target_id = ? AND (started_at, received_at) >= (?, ?)',
    ),
    removeIncidents: client.prepare<[Behind]>(
      'DELETE FROM incident WHERE target_id = :targetId AND opened_at > :at',
    ),
    removeStatus: client.prepare<[number]>('DELETE FROM target_status WHERE target_id = ?'),
    writeIncident: client.prepare<[RawRow<typeof incidents>]>(
      `INSERT INTO incident ${insertList(incidents)} ON CONFLICT (id) DO UPDATE SET ${updateList(incidents)}`,
    ),
  };
}

import type Sqlite from 'better-sqlite3';
import type { SyncStatus } from '../../domain/finding.ts';
import type { Report } from '../../domain/report.ts';
import type { Standing } from '../../domain/standing.ts';
import { compareTargets, targetKey } from '../../domain/target.ts';
import type { Recorded } from '../store.ts';
import { periodEnd } from './period-end.ts';

interface Latest {
  readonly repo: string;
  readonly server: string;
  readonly syncStatus: SyncStatus;
  readonly driftCount: number;
  readonly checkedAt: number;
  readonly receivedAt: number;
  readonly staleAt: number;
  readonly incidentOpenedAt: number | null;
}

interface Counted extends Latest {
  readonly synced: number;
  readonly outOfSync: number;
  readonly unknown: number;
  /** Of the last period, beside those. */
  readonly unwritten: number;
}

const END = periodEnd('p');

const LATEST = `
  t.repo, t.server, p.sync_status AS syncStatus, f.drift_count AS driftCount,
  ${END.lastCheck} AS checkedAt, ${END.staleAt} AS staleAt, i.opened_at AS incidentOpenedAt,
  (SELECT r.checked_at + r.received_lag_ms FROM report r WHERE r.target_id = t.id
    ORDER BY r.checked_at DESC, r.received_lag_ms DESC LIMIT 1) AS receivedAt`;

/** Per target: a seek by the keys of `period`, `finding` and `report`, and by `incident_open`. */
const FROM_TARGET = `
  FROM target t
  JOIN period p ON p.target_id = t.id AND (p.started_at, p.received_at) = (
    SELECT q.started_at, q.received_at FROM period q
    WHERE q.target_id = t.id ORDER BY q.started_at DESC, q.received_at DESC LIMIT 1)
  JOIN finding f ON f.id = p.finding_id
  LEFT JOIN incident i ON i.target_id = t.id AND i.resolved_at IS NULL`;

/** Reads every period once, in the order of its key: asked at the first question only. Counts what was pruned, too. */
const ALL = `
  SELECT ${LATEST}, n.synced + t.pruned_synced AS synced, n.outOfSync + t.pruned_out_of_sync AS outOfSync,
    n.unknown + t.pruned_unknown AS unknown, ${END.unwritten} AS unwritten
  ${FROM_TARGET}
  JOIN (
    SELECT target_id,
      sum(iif(sync_status = 'SYNCED', reports, 0)) AS synced,
      sum(iif(sync_status = 'OUT_OF_SYNC', reports, 0)) AS outOfSync,
      sum(iif(sync_status = 'UNKNOWN', reports, 0)) AS unknown
    FROM period GROUP BY target_id
  ) n ON n.target_id = t.id
  ORDER BY t.repo, t.server`;

const ONE = `SELECT ${LATEST} ${FROM_TARGET} WHERE t.repo = ? AND t.server = ?`;

/**
 * Where every target stands, kept between questions: each one costs as much as has changed since the one
 * before. What another process writes is noticed too.
 */
export class Standings {
  readonly #client: Sqlite.Database;
  readonly #all: Sqlite.Statement<[], Counted>;
  readonly #one: Sqlite.Statement<[string, string], Latest>;
  /** By target; undefined where everything is to be read anew. */
  #known: Map<string, Standing> | undefined;
  #isInOrder = true;
  /** Those about which a late or a tied report came in. */
  readonly #doubtful = new Set<string>();
  #dataVersion: unknown;

  constructor(client: Sqlite.Database) {
    this.#client = client;
    this.#all = client.prepare(ALL);
    this.#one = client.prepare(ONE);
  }

  read(): Standing[] {
    let known = this.#upToOthers();
    for (const key of this.#doubtful) {
      const standing = known.get(key);
      if (standing !== undefined) known.set(key, this.#askAgain(standing));
    }
    this.#doubtful.clear();
    if (!this.#isInOrder) known = inOrder(known);
    this.#isInOrder = true;
    this.#known = known;
    return [...known.values()];
  }

  /** Must be told of everything that was recorded, once it is. */
  recorded(reports: readonly Report[], outcomes: readonly Recorded[]): void {
    if (this.#known === undefined) return;
    for (const [i, report] of reports.entries()) {
      const outcome = outcomes[i];
      if (outcome?.recorded !== 'new') continue;
      const key = targetKey(report.target);
      const before = this.#known.get(key);
      if (before === undefined) this.#isInOrder = false;
      else if (report.checkedAt <= before.checkedAt) this.#doubtful.add(key);
      this.#known.set(key, standingAfter(before, report, outcome));
    }
  }

  /** Must be called after every other change to targets, periods or incidents. */
  reset(): void {
    this.#known = undefined;
    this.#doubtful.clear();
  }

  #askAgain(standing: Standing): Standing {
    const { target, reports } = standing;
    const row = this.#one.get(target.repo, target.server);
    return row === undefined ? standing : toStanding(row, { target, reports });
  }

  #upToOthers(): Map<string, Standing> {
    const version = this.#client.pragma('data_version', { simple: true });
    if (version !== this.#dataVersion) this.reset();
    this.#dataVersion = version;
    return this.#known ?? new Map(this.#all.all().map(countedEntry));
  }
}

/** The usual case needs no question: a report newer than all before it says where its target stands. */
function standingAfter(before: Standing | undefined, report: Report, outcome: Recorded): Standing {
  const { syncStatus, driftCount } = report.finding;
  const counts = before?.reports ?? NONE;
  return {
    target: before?.target ?? report.target,
    syncStatus,
    driftCount,
    checkedAt: Math.max(report.checkedAt, before?.checkedAt ?? report.checkedAt),
    receivedAt: report.receivedAt,
    staleAt: outcome.staleAt,
    incidentOpenedAt: outcome.incident?.openedAt,
    reports: { ...counts, [syncStatus]: counts[syncStatus] + 1 },
  };
}

const NONE: Standing['reports'] = { SYNCED: 0, OUT_OF_SYNC: 0, UNKNOWN: 0 };

function countedEntry({ synced, outOfSync, unknown, unwritten, ...row }: Counted): [string, Standing] {
  const reports = { SYNCED: synced, OUT_OF_SYNC: outOfSync, UNKNOWN: unknown };
  reports[row.syncStatus] += unwritten;
  const target = { repo: row.repo, server: row.server };
  return [targetKey(row), toStanding(row, { target, reports })];
}

function toStanding(
  { repo: _, server: __, incidentOpenedAt, ...latest }: Latest,
  kept: Pick<Standing, 'target' | 'reports'>,
): Standing {
  return { ...kept, ...latest, incidentOpenedAt: incidentOpenedAt ?? undefined };
}

function inOrder(known: ReadonlyMap<string, Standing>): Map<string, Standing> {
  return new Map([...known].sort(([, a], [, b]) => compareTargets(a.target, b.target)));
}

import type Sqlite from 'better-sqlite3';
import type { FindingRef, SyncStatus } from '../../domain/finding.ts';
import type { HistoryKey } from '../../domain/history-key.ts';
import type { StoredIncident } from '../../domain/incident.ts';
import type { Period } from '../../domain/period.ts';
import type { Facts, Need, NeedOf, Neighbours, RecordedReport } from '../../domain/record/facts.ts';
import type { Target } from '../../domain/target.ts';
import { driftBetween } from './drift-between.ts';
import { formerNames, similarNames } from './names.ts';
import {
  INCIDENT_COLUMNS,
  type IncidentRow,
  PERIOD_COLUMNS,
  type PeriodRow,
  toIncident,
  toPeriodRef,
} from './rows.ts';
import type { StoredTarget } from './target-table.ts';

const REPORT = `
  SELECT r.checked_at AS checkedAt, r.checked_at + r.received_lag_ms AS receivedAt,
    r.checked_at + r.last_check_lead_ms AS lastCheckAt, r.checked_at + s.stale_after_ms AS staleAt,
    r.finding_id AS findingId, f.sync_status AS syncStatus, s."commit" AS "commit", s."check" AS "check", s.pushed,
    s.error, s.error_kind AS errorKind, r.run_url AS runUrl
  FROM report r JOIN finding f ON f.id = r.finding_id JOIN source s ON s.id = r.source_id`;

interface RecordedReportRow extends HistoryKey {
  readonly lastCheckAt: number;
  readonly staleAt: number;
  readonly findingId: number;
  readonly syncStatus: SyncStatus;
  readonly commit: string | null;
  readonly check: string | null;
  readonly pushed: number;
  readonly error: string | null;
  readonly errorKind: string | null;
  readonly runUrl: string | null;
}

type NeedAround = Exclude<Need['kind'], 'target' | 'former_name' | 'similar'>;

interface At {
  readonly targetId: number;
  readonly at: number;
}

/** Loads the facts that a transaction is decided from. Each statement is a seek, or a scan from there. */
export class Loading {
  readonly #targetNamed: (target: Target) => StoredTarget | undefined;
  readonly #reportsBetween;
  readonly #neighbours: (at: At) => Neighbours;
  readonly #openIncident;
  readonly #drift;
  readonly #formerName;
  readonly #similar;

  constructor(client: Sqlite.Database, targetNamed: (target: Target) => StoredTarget | undefined) {
    this.#targetNamed = targetNamed;
    this.#reportsBetween = client.prepare<[number, number, number], RecordedReportRow>(
      `${REPORT} WHERE r.target_id = ? AND r.checked_at BETWEEN ? AND ?`,
    );
    this.#neighbours = neighbours(client);
    // By `incident_open`.
    this.#openIncident = client.prepare<[number], IncidentRow>(
      `SELECT ${INCIDENT_COLUMNS} FROM incident WHERE target_id = ? AND resolved_at IS NULL`,
    );
    this.#drift = driftBetween(client);
    this.#formerName = formerNames(client);
    this.#similar = similarNames(client);
  }

  /** Adds the answer to the facts. */
  load(need: Need, facts: Facts): void {
    const target = this.#targetNamed(need.target);
    if (need.kind === 'target') this.#loadTarget(need, target, facts);
    else if (need.kind === 'former_name') facts.add(need, this.#formerName(need.target));
    else if (need.kind === 'similar') facts.add(need, this.#similar(need.target));
    else if (target !== undefined) this.#loadAround(target.id, need, facts);
    else throw new Error('Rows around a target that does not exist cannot be loaded.');
  }

  /** If there is none, the next request is loaded in the same round. */
  #loadTarget(need: NeedOf<'target'>, existing: StoredTarget | undefined, facts: Facts): void {
    facts.add(need, existing);
    if (existing !== undefined) return;
    const { target } = need;
    const former = this.#formerName(target);
    facts.add({ kind: 'former_name', target }, former);
    if (former === undefined) facts.add({ kind: 'similar', target }, this.#similar(target));
    else this.load({ kind: 'target', target: former.target }, facts);
  }

  #loadAround(targetId: number, need: NeedOf<NeedAround>, facts: Facts): void {
    if (need.kind === 'reports') {
      facts.add(need, this.#reportsBetween.all(targetId, need.from, need.to).map(toRecordedReport));
    } else if (need.kind === 'neighbours') {
      facts.add(need, this.#neighbours({ targetId, at: need.at }));
    } else if (need.kind === 'open_incident') {
      facts.add(need, asIncident(this.#openIncident.get(targetId)));
    } else facts.add(need, this.#drift(targetId, need));
  }
}

/** Loads the rows around an instant, each with a seek in a key or a partial index. */
function neighbours(client: Sqlite.Database): (at: At) => Neighbours {
  const first = <R>(statement: string) => client.prepare<[At], R>(`${statement} LIMIT 1`);
  const report = (where: string) =>
    first<RecordedReportRow>(`${REPORT} WHERE r.target_id = :targetId AND ${where}`);
  const period = (where: string, from = 'period') =>
    first<PeriodRow>(`SELECT ${PERIOD_COLUMNS} FROM ${from} WHERE target_id = :targetId AND ${where}`);
  const incident = (where: string) =>
    first<IncidentRow>(`SELECT ${INCIDENT_COLUMNS} FROM incident WHERE target_id = :targetId AND ${where}`);
  const startedBy = 'started_at <= :at ORDER BY started_at DESC, received_at DESC';
  const startedAfter = 'started_at > :at ORDER BY started_at, received_at';
  const reportBefore = report('r.checked_at <= :at ORDER BY r.checked_at DESC, r.received_lag_ms DESC');
  const reportAfter = report('r.checked_at > :at ORDER BY r.checked_at, r.received_lag_ms');
  const periodBefore = period(startedBy);
  const periodAfter = period(startedAfter);
  // The index must be named: otherwise the planner would use the key and read every period since. Literals, not
  // parameters, because the indexes are partial.
  const synced = 'period INDEXED BY period_synced';
  const startsState = 'period INDEXED BY period_starts_state';
  const syncedBefore = period(`sync_status = 'SYNCED' AND ${startedBy}`, synced);
  const syncedAfter = period(`sync_status = 'SYNCED' AND ${startedAfter}`, synced);
  const stateStarted = period(`starts_state = 1 AND ${startedBy}`, startsState);
  const incidentBefore = incident('opened_at <= :at ORDER BY opened_at DESC, received_at DESC');
  const incidentAfter = incident('opened_at > :at ORDER BY opened_at, received_at');
  return (at) => ({
    before: asReport(reportBefore.get(at)),
    after: asReport(reportAfter.get(at)),
    period: asPeriod(periodBefore.get(at)),
    nextPeriod: asPeriod(periodAfter.get(at)),
    syncedPeriod: asPeriod(syncedBefore.get(at)),
    nextSyncedPeriod: asPeriod(syncedAfter.get(at)),
    statePeriod: asPeriod(stateStarted.get(at)),
    incident: asIncident(incidentBefore.get(at)),
    nextIncident: asIncident(incidentAfter.get(at)),
  });
}

function asReport(row: RecordedReportRow | undefined): RecordedReport | undefined {
  return row && toRecordedReport(row);
}

function asPeriod(row: PeriodRow | undefined): Period<FindingRef> | undefined {
  return row && toPeriodRef(row);
}

function asIncident(row: IncidentRow | undefined): StoredIncident | undefined {
  return row && toIncident(row);
}

function toRecordedReport(row: RecordedReportRow): RecordedReport {
  const { findingId, syncStatus, commit, check, pushed, error, errorKind, runUrl, ...instants } = row;
  return {
    finding: { id: findingId, syncStatus },
    commit: commit ?? undefined,
    check: check ?? undefined,
    pushed: pushed === 1,
    error: error ?? undefined,
    errorKind: errorKind ?? undefined,
    runUrl: runUrl ?? undefined,
    ...instants,
  };
}

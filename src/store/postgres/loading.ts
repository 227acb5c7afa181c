import type { FindingRef, SyncStatus } from '../../domain/finding.ts';
import type { HistoryKey } from '../../domain/history-key.ts';
import type { Period } from '../../domain/period.ts';
import type { Facts, Need, NeedOf, Neighbours, RecordedReport } from '../../domain/record/facts.ts';
import { driftBetween } from './drift-between.ts';
import { Outdated } from './failure.ts';
import type { LockedTargets } from './locking.ts';
import { similarNames } from './names.ts';
import {
  AFTER_ALL_OF_ITS_INSTANT,
  firstReportAfter,
  ITS_CONTENT,
  lastReportBy,
  RUN_URL,
  type RunUrlColumns,
  reportsIn,
  runUrlOf,
} from './report-source.ts';
import {
  INCIDENT_COLUMNS,
  type IncidentRow,
  PERIOD_COLUMNS,
  type PeriodRow,
  toIncident,
  toPeriodRef,
} from './rows.ts';
import type { Session } from './session.ts';
import { type Statement, statement } from './statement.ts';

const RECORDED_REPORT = `
  SELECT r.checked_at AS "checkedAt", r.received_at AS "receivedAt", r.last_check AS "lastCheckAt",
    r.checked_at + c.stale_after_ms AS "staleAt", r.finding_id AS "findingId", f.sync_status AS "syncStatus",
    c."commit", c."check", c.pushed, c.error, c.error_kind AS "errorKind", ${RUN_URL}`;

interface RecordedReportRow extends HistoryKey, RunUrlColumns {
  readonly lastCheckAt: number;
  readonly staleAt: number;
  readonly findingId: number;
  readonly syncStatus: SyncStatus;
  readonly commit: string | null;
  readonly check: string | null;
  readonly pushed: boolean;
  readonly error: string | null;
  readonly errorKind: string | null;
}

interface Instants {
  readonly targetIds: readonly number[];
  readonly ats: readonly number[];
}

type Placed<R> = R & { readonly place: number };

/** Of each of several instants the first row of `select`, which names `w.target_id` and `w.at`: each a seek in a key. */
function firstAround<R>(select: string): Statement<Instants, Placed<R>> {
  return statement(`
    SELECT w.place, found.* FROM unnest(:targetIds::bigint[], :ats::bigint[]) WITH ORDINALITY AS w(target_id, at, place)
    CROSS JOIN LATERAL (${select} LIMIT 1) AS found`);
}

const reportAround = (one: string) =>
  firstAround<RecordedReportRow>(`${RECORDED_REPORT} FROM (${one}) AS r ${ITS_CONTENT}`);
const periodAround = (where: string) =>
  firstAround<PeriodRow>(
    `SELECT ${PERIOD_COLUMNS} FROM period WHERE period.target_id = w.target_id AND ${where}`,
  );
const incidentAround = (where: string) =>
  firstAround<IncidentRow>(
    `SELECT ${INCIDENT_COLUMNS} FROM incident WHERE incident.target_id = w.target_id AND ${where}`,
  );

const STARTED_BY = 'started_at <= w.at ORDER BY started_at DESC, received_at DESC';
const STARTED_AFTER = 'started_at > w.at ORDER BY started_at, received_at';

/** By the keys, and the partial indexes with these conditions. */
const AROUND = {
  before: reportAround(lastReportBy({ target: 'w.target_id', at: 'w.at' })),
  after: reportAround(
    firstReportAfter({ target: 'w.target_id', checkedAt: 'w.at', receivedAt: AFTER_ALL_OF_ITS_INSTANT }),
  ),
  period: periodAround(STARTED_BY),
  nextPeriod: periodAround(STARTED_AFTER),
  syncedPeriod: periodAround(`sync_status = 'SYNCED' AND ${STARTED_BY}`),
  nextSyncedPeriod: periodAround(`sync_status = 'SYNCED' AND ${STARTED_AFTER}`),
  statePeriod: periodAround(`starts_state AND ${STARTED_BY}`),
  incident: incidentAround('opened_at <= w.at ORDER BY opened_at DESC, received_at DESC'),
  nextIncident: incidentAround('opened_at > w.at ORDER BY opened_at, received_at'),
};

interface Windows {
  readonly targetIds: readonly number[];
  readonly froms: readonly number[];
  readonly tos: readonly number[];
}

/** What is packed around each. */
const BETWEEN = statement<Windows, Placed<RecordedReportRow>>(`
  SELECT w.place, found.*
  FROM unnest(:targetIds::bigint[], :froms::bigint[], :tos::bigint[]) WITH ORDINALITY AS w(target_id, since, until, place)
  CROSS JOIN LATERAL (
    ${RECORDED_REPORT}
    FROM ${reportsIn({ target: 'w.target_id', from: 'w.since', to: 'w.until' })}
    ${ITS_CONTENT}) AS found`);

/** By `incident_open`. */
const OPEN_INCIDENTS = statement<{ ids: readonly number[] }, IncidentRow & { targetId: number }>(`
  SELECT ${INCIDENT_COLUMNS} FROM incident WHERE target_id = ANY (:ids::bigint[]) AND resolved_at IS NULL`);

type OfKind<K extends Need['kind']> = readonly NeedOf<K>[];

/** Loads what a transaction is decided from: of all targets of a round at once. */
export class Loading {
  readonly #session: Session;
  readonly #locked: LockedTargets;

  constructor(session: Session, locked: LockedTargets) {
    this.#session = session;
    this.#locked = locked;
  }

  /** Adds the answers to the facts. */
  async load(needs: readonly Need[], facts: Facts): Promise<void> {
    const ofKind = <K extends Need['kind']>(kind: K) =>
      needs.filter((need): need is NeedOf<K> => need.kind === kind);
    this.#targets(ofKind('target'), facts);
    for (const need of ofKind('former_name')) facts.add(need, this.#locked.former(need.target));
    await Promise.all([
      this.#reports(ofKind('reports'), facts),
      this.#neighbours(ofKind('neighbours'), facts),
      this.#openIncidents(ofKind('open_incident'), facts),
      this.#similar(ofKind('similar'), facts),
      ...ofKind('drift').map(async (need) =>
        facts.add(need, await driftBetween(this.#session, this.#locked.idOf(need.target), need)),
      ),
    ]);
  }

  #targets(needs: OfKind<'target'>, facts: Facts): void {
    for (const need of needs) {
      // A target was renamed since the names were looked up.
      if (!this.#locked.covers(need.target)) throw new Outdated('The target is not locked.');
      facts.add(need, this.#locked.get(need.target));
    }
  }

  async #similar(needs: OfKind<'similar'>, facts: Facts): Promise<void> {
    const found = await similarNames(
      this.#session,
      needs.map(({ target }) => target),
    );
    for (const [place, need] of needs.entries()) facts.add(need, found[place] ?? []);
  }

  async #reports(needs: OfKind<'reports'>, facts: Facts): Promise<void> {
    if (needs.length === 0) return;
    const rows = await this.#session.all(BETWEEN, {
      targetIds: needs.map(({ target }) => this.#locked.idOf(target)),
      froms: needs.map(({ from }) => from),
      tos: needs.map(({ to }) => to),
    });
    const found = needs.map((): RecordedReport[] => []);
    for (const row of rows) found[row.place - 1]?.push(toRecordedReport(row));
    for (const [place, need] of needs.entries()) facts.add(need, found[place] ?? []);
  }

  async #neighbours(needs: OfKind<'neighbours'>, facts: Facts): Promise<void> {
    if (needs.length === 0) return;
    const instants = {
      targetIds: needs.map(({ target }) => this.#locked.idOf(target)),
      ats: needs.map(({ at }) => at),
    };
    const found = await neighboursOf(this.#session, instants);
    for (const [place, need] of needs.entries()) facts.add(need, found(place));
  }

  async #openIncidents(needs: OfKind<'open_incident'>, facts: Facts): Promise<void> {
    if (needs.length === 0) return;
    const ids = needs.map(({ target }) => this.#locked.idOf(target));
    const rows = await this.#session.all(OPEN_INCIDENTS, { ids });
    const open = new Map(rows.map((row) => [row.targetId, toIncident(row)]));
    for (const need of needs) facts.add(need, open.get(this.#locked.idOf(need.target)));
  }
}

/** What is around one instant. */
export async function neighboursAt(
  session: Session,
  { targetId, at }: { targetId: number; at: number },
): Promise<Neighbours> {
  return (await neighboursOf(session, { targetIds: [targetId], ats: [at] }))(0);
}

async function neighboursOf(session: Session, instants: Instants): Promise<(place: number) => Neighbours> {
  const load = async <R, T>(asked: Statement<Instants, Placed<R>>, convert: (row: R) => T) => {
    const rows = await session.all(asked, instants);
    return new Map(rows.map((row) => [row.place - 1, convert(row)]));
  };
  const period = (asked: Statement<Instants, Placed<PeriodRow>>) =>
    load<PeriodRow, Period<FindingRef>>(asked, toPeriodRef);
  const [before, after, ...others] = await Promise.all([
    load(AROUND.before, toRecordedReport),
    load(AROUND.after, toRecordedReport),
    period(AROUND.period),
    period(AROUND.nextPeriod),
    period(AROUND.syncedPeriod),
    period(AROUND.nextSyncedPeriod),
    period(AROUND.statePeriod),
    load(AROUND.incident, toIncident),
    load(AROUND.nextIncident, toIncident),
  ]);
  const [of, next, synced, nextSynced, state, incident, nextIncident] = others;
  return (place) => ({
    before: before.get(place),
    after: after.get(place),
    period: of.get(place),
    nextPeriod: next.get(place),
    syncedPeriod: synced.get(place),
    nextSyncedPeriod: nextSynced.get(place),
    statePeriod: state.get(place),
    incident: incident.get(place),
    nextIncident: nextIncident.get(place),
  });
}

function toRecordedReport(row: RecordedReportRow): RecordedReport {
  return {
    checkedAt: row.checkedAt,
    receivedAt: row.receivedAt,
    lastCheckAt: row.lastCheckAt,
    staleAt: row.staleAt,
    finding: { id: row.findingId, syncStatus: row.syncStatus },
    commit: row.commit ?? undefined,
    check: row.check ?? undefined,
    pushed: row.pushed,
    error: row.error ?? undefined,
    errorKind: row.errorKind ?? undefined,
    runUrl: runUrlOf(row),
  };
}

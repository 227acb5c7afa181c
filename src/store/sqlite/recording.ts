import type Sqlite from 'better-sqlite3';
import type { Accepted } from '../../domain/record/accepted.ts';
import { Facts, type RecordedStatus } from '../../domain/record/facts.ts';
import { planRecord, type RecordInput, type RecordPlan } from '../../domain/record/plan.ts';
import type { TargetPlan } from '../../domain/record/plan-target.ts';
import { planTime } from '../../domain/record/plan-time.ts';
import type { InternedSubmission, Outcome, Submission } from '../../domain/record/submission.ts';
import { type Target, targetKey } from '../../domain/target.ts';
import { eventInsert } from './event-log.ts';
import { reportsFrom } from './horizons.ts';
import { Interning } from './interning.ts';
import { Loading } from './loading.ts';
import { type RawRow, rowWriter, updateList } from './raw-rows.ts';
import { fromIncident, fromPeriod } from './rows.ts';
import { incidents, periods, reports } from './schema.ts';
import { loadTarget, loadTargetById, type StoredTarget, statusWrite } from './target-table.ts';

/** The reports of a larger body are prepared before their transaction. */
const PREPARED_BYTES = 64 * 1024;

/** Loads the facts of a transaction and writes its plan. It decides nothing itself. */
export class Recording {
  readonly #intern: Interning;
  readonly #loading: Loading;
  readonly #loadTarget;
  readonly #loadTargetById;
  readonly #reportsFrom;
  readonly #nextIncidentId;
  readonly #insertEvent;
  readonly #writeStatus;
  readonly #statements;
  /** The targets of the running transaction. */
  #targets = new Map<string, StoredTarget | undefined>();

  constructor(client: Sqlite.Database) {
    this.#intern = new Interning(client);
    this.#loadTarget = loadTarget(client);
    this.#loadTargetById = loadTargetById(client);
    this.#loading = new Loading(client, (target) => this.#target(target));
    this.#reportsFrom = reportsFrom(client);
    this.#nextIncidentId = client
      .prepare<[], number>(
        `SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'incident'), 0) + 1`,
      )
      .pluck();
    this.#insertEvent = eventInsert(client);
    this.#writeStatus = statusWrite(client);
    this.#statements = writeStatements(client);
  }

  /** Prepares the reports of large submissions, with turns of the event loop between the steps. */
  async prepare(submissions: readonly Submission[], turn: () => Promise<unknown>): Promise<void> {
    for (const { reports, bytes = 0 } of submissions) {
      if (bytes <= PREPARED_BYTES) continue;
      for (const report of reports) {
        for (const _ of this.#intern.prepare(report)) await turn();
      }
    }
  }

  /** In the caller's transaction. `now`: epoch milliseconds. */
  record(submissions: readonly Submission[], now: number): readonly Outcome[] {
    this.#targets = new Map();
    const input = {
      facts: new Facts(),
      submissions: submissions.map((submission) => this.#interned(submission, now)),
      now,
      reportsFrom: this.#reportsFrom(),
      nextIncidentId: this.#nextIncidentId.get() ?? 1,
    };
    // Every report needs its target: without this line the first round would only find that out.
    for (const { reports } of input.submissions) {
      for (const { report } of reports) this.#loadTargetOf(report.target, input.facts);
    }
    const plan = this.#planned(input);
    for (const target of plan.targets) this.#write(target);
    for (const event of plan.events) this.#insertEvent(event);
    return plan.outcomes;
  }

  #loadTargetOf(target: Target, facts: Facts): void {
    if (!this.#targets.has(targetKey(target))) this.#loading.load({ kind: 'target', target }, facts);
  }

  #planned(input: RecordInput): RecordPlan {
    for (;;) {
      const planning = planRecord(input);
      if (planning.kind === 'planned') return planning.plan;
      for (const need of planning.needs) this.#loading.load(need, input.facts);
    }
  }

  /**
   * Writes the state changes of these targets that time has brought, in the caller's transaction. Returns the number
   * of events.
   */
  recordTimeChanges(targetIds: readonly number[], now: number): number {
    const targets = targetIds.flatMap((id) => this.#loadTargetById(id) ?? []);
    const withStatus = targets.flatMap(({ status, labels }) =>
      status === undefined ? [] : [{ status, labels }],
    );
    const { statuses, events } = planTime(now, withStatus);
    const ids = new Map(
      targets.flatMap(({ id, status }) => (status === undefined ? [] : [[targetKey(status.target), id]])),
    );
    for (const status of statuses) this.#writeStatusOf(ids.get(targetKey(status.target)), status);
    for (const event of events) this.#insertEvent(event);
    return events.length;
  }

  /** Must be called after a transaction was rolled back, or findings or sources were deleted. */
  forget(): void {
    this.#intern.forget();
  }

  #target(target: Target): StoredTarget | undefined {
    const key = targetKey(target);
    if (this.#targets.has(key)) return this.#targets.get(key);
    const stored = this.#loadTarget(target);
    this.#targets.set(key, stored);
    return stored;
  }

  #interned(submission: Submission, now: number): InternedSubmission {
    const { origin, actor, mayTakeOver, repos } = submission;
    return {
      origin,
      actor,
      mayTakeOver,
      repos,
      reports: submission.reports.map((report) => {
        // An imported report may have been received long before it was checked.
        const usedAt = Math.max(report.receivedAt ?? now, report.lastCheckAt ?? now);
        const findingId = this.#intern.finding(report);
        return { report, findingId, sourceId: this.#intern.source(report, usedAt) };
      }),
    };
  }

  #write(plan: TargetPlan): void {
    const { insertReport, removePeriod, writePeriod, writeIncident, setLabels, bringBack } = this.#statements;
    const targetId = this.#idOf(plan.target);
    for (const report of plan.reports) insertReport(reportRow(targetId, report));
    for (const { checkedAt, receivedAt } of plan.removedPeriods)
      removePeriod.run(targetId, checkedAt, receivedAt);
    for (const period of plan.writtenPeriods) writePeriod(fromPeriod(targetId, period));
    for (const incident of plan.incidents) writeIncident(fromIncident(targetId, incident));
    this.#writeStatus(targetId, plan.status);
    if (plan.labels !== undefined)
      setLabels.run(JSON.stringify(plan.labels.labels), plan.labels.labelsAt, targetId);
    if (plan.isBack) bringBack.run(targetId);
  }

  #idOf(target: Target): number {
    const existing = this.#target(target);
    if (existing !== undefined) return existing.id;
    return Number(this.#statements.insertTarget.run(target.repo, target.server).lastInsertRowid);
  }

  #writeStatusOf(targetId: number | undefined, status: RecordedStatus): void {
    if (targetId === undefined) throw new Error('A status must have a target.');
    this.#writeStatus(targetId, status);
  }
}

/** Each by a key. */
function writeStatements(client: Sqlite.Database) {
  return {
    insertTarget: client.prepare<[string, string]>('INSERT INTO target (repo, server) VALUES (?, ?)'),
    insertReport: rowWriter(client, reports, (list) => `INSERT INTO report ${list}`),
    removePeriod: client.prepare<[number, number, number]>(
      'DELETE FROM period WHERE target_id = ? AND started_at = ? AND received_at = ?',
    ),
    writePeriod: rowWriter(client, periods, (list) => `INSERT OR REPLACE INTO period ${list}`),
    // Not REPLACE: it would remove a second open incident instead of failing.
    writeIncident: rowWriter(
      client,
      incidents,
      (list) => `INSERT INTO incident ${list} ON CONFLICT (id) DO UPDATE SET ${updateList(incidents)}`,
    ),
    setLabels: client.prepare<[string, number, number]>(
      'UPDATE target SET labels = ?, labels_at = ? WHERE id = ?',
    ),
    bringBack: client.prepare<[number]>('UPDATE target SET deleted_at = NULL WHERE id = ?'),
  };
}

function reportRow(targetId: number, report: Accepted): RawRow<typeof reports> {
  return {
    targetId,
    checkedAt: report.checkedAt,
    receivedLagMs: report.receivedAt - report.checkedAt,
    lastCheckLeadMs: report.lastCheckAt - report.checkedAt,
    durationMs: report.posted.durationMs ?? null,
    runUrl: report.runUrl ?? null,
    findingId: report.finding.id,
    sourceId: report.sourceId,
  };
}

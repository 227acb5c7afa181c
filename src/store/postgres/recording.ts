import type { Accepted } from '../../domain/record/accepted.ts';
import { Facts } from '../../domain/record/facts.ts';
import { planRecord, type RecordInput, type RecordPlan } from '../../domain/record/plan.ts';
import type { TargetPlan } from '../../domain/record/plan-target.ts';
import type { InternedSubmission, Outcome, Submission } from '../../domain/record/submission.ts';
import { writeEvents } from './event-rows.ts';
import { loadReportsFrom } from './horizons.ts';
import { type InternedIds, Interning } from './interning.ts';
import { Loading } from './loading.ts';
import { type LockedTargets, lockTargets } from './locking.ts';
import type { PackedReport } from './packing.ts';
import type { Partitions } from './partitions.ts';
import { chunkBeginnings, placeReports, writeChunks } from './report-writes.ts';
import { fromIncident, fromPeriod } from './rows.ts';
import { incidents, periods } from './schema.ts';
import { one, type Session } from './session.ts';
import { command } from './statement.ts';
import { type TailColumns, writeStatuses } from './status-writes.ts';
import { rowsWriter, updateList } from './table-columns.ts';
import type { Transaction } from './transaction.ts';

/** Loads the facts of a transaction and writes its plan. It decides nothing itself. */
export class Recording {
  readonly #interning = new Interning();
  readonly #clock: (databaseNow: number) => number;
  readonly #partitions: Partitions;

  constructor(clock: (databaseNow: number) => number, partitions: Partitions) {
    this.#clock = clock;
    this.#partitions = partitions;
  }

  /** In the caller's transaction. */
  async record(transaction: Transaction, submissions: readonly Submission[]): Promise<readonly Outcome[]> {
    const posted = submissions.flatMap((one) => one.reports);
    // All are sent at once, and run in this order: what everybody shares before the targets.
    const [ids, locked, reportsFrom] = await Promise.all([
      this.#interning.intern(transaction, posted, usedAt(posted, this.#clock(Date.now()))),
      lockTargets(
        transaction,
        posted.map(({ target }) => target),
        { create: true },
      ),
      loadReportsFrom(transaction),
    ]);
    const input = {
      facts: new Facts(),
      submissions: submissions.map((submission) => interned(submission, ids)),
      now: this.#clock(locked.now),
      reportsFrom,
      nextIncidentId: FIRST_UNKNOWN_ID,
    };
    const draft = await planned(input, new Loading(transaction, locked));
    const plan = await withIncidentIds(transaction, draft, (nextIncidentId) => ({
      ...input,
      nextIncidentId,
    }));
    await this.#write(transaction, plan, { locked, reportsFrom });
    return plan.outcomes;
  }

  /** Must be called after a transaction failed, or findings or sources were deleted. */
  forget(): void {
    this.#interning.forget();
    this.#partitions.forget();
  }

  async #write(
    transaction: Transaction,
    plan: RecordPlan,
    { locked, reportsFrom }: { locked: LockedTargets; reportsFrom: number },
  ): Promise<void> {
    const placed = plan.targets.map(({ target, reports }) =>
      placeReports(locked.idOf(target), reports.map(toPacked), locked.get(target)),
    );
    const beginnings = chunkBeginnings(placed, reportsFrom);
    if (beginnings.length > 0) await this.#partitions.ensure(beginnings);
    writeChunks(transaction, placed, reportsFrom);
    const tails = new Map(placed.map(({ targetId, tail }) => [targetId, tail]));
    writeRest(transaction, plan, { locked, tails });
  }
}

/**
 * The same submissions, in which a report without an instant of its own has the one that it was given. If a commit took
 * place whose answer was lost, the next try recognises them.
 */
export function withInstants(
  submissions: readonly Submission[],
  outcomes: readonly Outcome[],
): readonly Submission[] {
  return submissions.map((submission, i) => {
    const outcome = outcomes[i];
    if (outcome?.kind !== 'recorded') return submission;
    const reports = submission.reports.map((report, place) => ({
      ...report,
      lastCheckAt: report.lastCheckAt ?? outcome.answers[place]?.lastCheckAt,
    }));
    return { ...submission, reports };
  });
}

async function planned(input: RecordInput, loading: Loading): Promise<RecordPlan> {
  for (;;) {
    const planning = planRecord(input);
    if (planning.kind === 'planned') return planning.plan;
    await loading.load(planning.needs, input.facts);
  }
}

/** Incidents that a plan opens have ids from here on, until it is known how many there are. */
const FIRST_UNKNOWN_ID = 2 ** 52;

/** By its key. The row is locked until the commit, after all others: so no id is lost, and others wait only briefly. */
const TAKE_IDS = command<{ count: number }, { last: number }>(
  `UPDATE counter SET value = value + :count WHERE name = 'incident' RETURNING value AS last`,
);

/** The plan with ids that no other incident has. */
async function withIncidentIds(
  session: Session,
  draft: RecordPlan,
  inputWith: (nextIncidentId: number) => RecordInput,
): Promise<RecordPlan> {
  const ids = draft.targets.flatMap(({ incidents: all }) => all.map(({ id }) => id));
  const count = Math.max(FIRST_UNKNOWN_ID - 1, ...ids) - FIRST_UNKNOWN_ID + 1;
  if (count === 0) return draft;
  const { last } = await one(session, TAKE_IDS, { count });
  const planning = planRecord(inputWith(last - count + 1));
  if (planning.kind === 'needs') throw new Error('With other ids a plan must need nothing more.');
  return planning.plan;
}

/** An imported report may have been checked later than now by this clock. */
function usedAt(posted: Submission['reports'], now: number): number {
  return posted.reduce((latest, { lastCheckAt = now }) => Math.max(latest, lastCheckAt), now);
}

function interned(submission: Submission, { findingOf, sourceOf }: InternedIds): InternedSubmission {
  const { origin, actor, mayTakeOver, repos } = submission;
  return {
    origin,
    actor,
    mayTakeOver,
    repos,
    reports: submission.reports.map((report) => ({
      report,
      findingId: findingOf(report),
      sourceId: sourceOf(report),
    })),
  };
}

interface PeriodKeys {
  readonly targetIds: readonly number[];
  readonly startedAts: readonly number[];
  readonly receivedAts: readonly number[];
}

/** Each by a key. */
const REMOVE_PERIODS = command<PeriodKeys>(`
  DELETE FROM period p
  USING unnest(:targetIds::bigint[], :startedAts::bigint[], :receivedAts::bigint[]) AS w(target_id, started_at, received_at)
  WHERE p.target_id = w.target_id AND p.started_at = w.started_at AND p.received_at = w.received_at`);

const PERIODS = rowsWriter(periods, {
  ending: `ON CONFLICT (target_id, started_at, received_at) DO UPDATE SET ${updateList(periods)}`,
});
const INCIDENTS = rowsWriter(incidents, {
  ending: `ON CONFLICT (id) DO UPDATE SET ${updateList(incidents)}`,
});

interface LabelsWritten {
  readonly ids: readonly number[];
  readonly labels: readonly string[];
  readonly ats: readonly number[];
}

const LABELS = command<LabelsWritten>(`
  UPDATE target t SET labels = w.labels, labels_at = w.at
  FROM unnest(:ids::bigint[], :labels::text[], :ats::bigint[]) AS w(id, labels, at) WHERE t.id = w.id`);

const BRING_BACK = command<{ ids: readonly number[] }>(
  'UPDATE target SET deleted_at = NULL WHERE id = ANY (:ids::bigint[])',
);

/** All but the chunks, with the tails. */
function writeRest(
  transaction: Transaction,
  { targets, events }: RecordPlan,
  { locked, tails }: { locked: LockedTargets; tails: ReadonlyMap<number, TailColumns | undefined> },
): void {
  const plans = targets.map((plan) => ({ ...plan, id: locked.idOf(plan.target) }));
  const written = <T>(rows: (plan: TargetPlan & { id: number }) => readonly T[]) => plans.flatMap(rows);
  const removed = written(({ id, removedPeriods }) => removedPeriods.map((key) => ({ id, ...key })));
  const periodRows = written(({ id, writtenPeriods }) => writtenPeriods.map((one) => fromPeriod(id, one)));
  const incidentRows = written(({ id, incidents: all }) => all.map((one) => fromIncident(id, one)));
  const labelled = written(({ id, labels }) => (labels === undefined ? [] : [{ id, ...labels }]));
  const back = written(({ id, isBack }) => (isBack ? [id] : []));
  if (removed.length > 0) {
    transaction.send(REMOVE_PERIODS, {
      targetIds: removed.map(({ id }) => id),
      startedAts: removed.map(({ checkedAt }) => checkedAt),
      receivedAts: removed.map(({ receivedAt }) => receivedAt),
    });
  }
  if (periodRows.length > 0) transaction.send(PERIODS.statement, PERIODS.arrays(periodRows));
  if (incidentRows.length > 0) transaction.send(INCIDENTS.statement, INCIDENTS.arrays(incidentRows));
  writeStatuses(
    transaction,
    plans.map(({ id, target, status }) => ({
      targetId: id,
      before: locked.get(target)?.status,
      after: status,
      tail: tails.get(id),
    })),
  );
  if (labelled.length > 0) {
    transaction.send(LABELS, {
      ids: labelled.map(({ id }) => id),
      labels: labelled.map(({ labels }) => JSON.stringify(labels)),
      ats: labelled.map(({ labelsAt }) => labelsAt),
    });
  }
  if (back.length > 0) transaction.send(BRING_BACK, { ids: back });
  writeEvents(transaction, events);
  locked.removeUnused(transaction, new Set(plans.map(({ id }) => id)));
}

function toPacked(report: Accepted): PackedReport {
  return {
    checkedAt: report.checkedAt,
    receivedAt: report.receivedAt,
    lastCheckAt: report.lastCheckAt,
    durationMs: report.posted.durationMs,
    runUrl: report.runUrl,
    findingId: report.finding.id,
    sourceId: report.sourceId,
  };
}

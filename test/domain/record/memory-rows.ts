import type { NewEvent } from '../../../src/domain/event.ts';
import { canonicalFinding, type Finding, type FindingRef } from '../../../src/domain/finding.ts';
import { foldHistory } from '../../../src/domain/history.ts';
import { compareKeys, type HistoryKey } from '../../../src/domain/history-key.ts';
import { type Drift, driftOf, mergeDrifts, type StoredIncident } from '../../../src/domain/incident.ts';
import { comparePeriods, type Period, startOf } from '../../../src/domain/period.ts';
import {
  currentPeriod,
  type ExistingTarget,
  Facts,
  type FormerName,
  isShown,
  type Need,
  type Neighbours,
  type RecordedReport,
  type RecordedStatus,
} from '../../../src/domain/record/facts.ts';
import { planRecord, type RecordPlan } from '../../../src/domain/record/plan.ts';
import { planDeclare } from '../../../src/domain/record/plan-declare.ts';
import { planDelete } from '../../../src/domain/record/plan-delete.ts';
import { planRename, type RenamePlan } from '../../../src/domain/record/plan-rename.ts';
import type { TargetPlan } from '../../../src/domain/record/plan-target.ts';
import { planTime } from '../../../src/domain/record/plan-time.ts';
import type { Outcome, Submission } from '../../../src/domain/record/submission.ts';
import type { Report } from '../../../src/domain/report.ts';
import { spellingKey } from '../../../src/domain/spelling.ts';
import { type Target, targetKey } from '../../../src/domain/target.ts';

interface TargetRows {
  existing: ExistingTarget;
  reports: (Report & { findingId: number })[];
  periods: Period<FindingRef>[];
  incidents: StoredIncident[];
}

/** The rows of a store in the simplest form: it writes what a plan says, and decides nothing. */
export class MemoryRows {
  readonly events: NewEvent[] = [];
  /** How often something had to be loaded for the last transaction, and what. */
  rounds = 0;
  needs: Need[] = [];
  reportsFrom = Number.NEGATIVE_INFINITY;
  lastPlan: RecordPlan | undefined;
  readonly #targets = new Map<string, TargetRows>();
  readonly #formerNames = new Map<string, FormerName>();
  readonly #findings: Finding[] = [];
  #nextIncidentId = 1;

  record(submissions: readonly Submission[], now: number): readonly Outcome[] {
    const input = {
      facts: new Facts(),
      submissions: submissions.map((submission) => ({
        ...submission,
        reports: submission.reports.map((report) => ({
          report,
          findingId: this.#findingId(report),
          sourceId: 1,
        })),
      })),
      now,
      reportsFrom: this.reportsFrom,
      nextIncidentId: this.#nextIncidentId,
    };
    this.rounds = 0;
    this.needs = [];
    let planning = planRecord(input);
    while (planning.kind === 'needs') {
      if (++this.rounds > 10) throw new Error('It never has enough.');
      this.needs.push(...planning.needs);
      for (const need of planning.needs) this.#load(need, input.facts);
      planning = planRecord(input);
    }
    const { plan } = planning;
    this.lastPlan = plan;
    for (const target of plan.targets) this.#write(target);
    this.events.push(...plan.events);
    return plan.outcomes;
  }

  recordTimeChanges(now: number): void {
    const targets = [...this.#targets.values()].flatMap(({ existing: { status, labels } }) =>
      status === undefined ? [] : [{ status, labels }],
    );
    const { statuses, events } = planTime(now, targets);
    for (const status of statuses) {
      const rows = this.rows(status.target);
      rows.existing = { ...rows.existing, status };
    }
    this.events.push(...events);
  }

  declare(target: Target, now: number): boolean {
    const rows = this.#targets.get(targetKey(target));
    const plan = planDeclare({ existing: rows?.existing, target, now, actor: undefined });
    if (plan === undefined) return false;
    const { declaredAt, status } = plan;
    const existing = { ...(rows?.existing ?? UNKNOWN_TARGET), declaredAt, deletedAt: undefined, status };
    this.#targets.set(targetKey(target), { reports: [], periods: [], incidents: [], ...rows, existing });
    this.events.push(plan.event);
    return true;
  }

  rename(from: Target, to: Target, now: number): RenamePlan {
    const named = (target: Target) => ({
      existing: this.#targets.get(targetKey(target))?.existing,
      former: this.#formerNames.get(targetKey(target)),
    });
    const plan = planRename({ from, to, old: named(from), next: named(to), now, actor: undefined });
    if (plan.kind === 'refused') return plan;
    const rows = this.rows(from);
    const { status } = rows.existing;
    rows.existing = { ...rows.existing, status: status && { ...status, target: to } };
    this.#targets.delete(targetKey(from));
    this.#targets.set(targetKey(to), rows);
    for (const [name, former] of this.#formerNames) {
      if (targetKey(former.target) === targetKey(from))
        this.#formerNames.set(name, { ...former, target: to });
    }
    this.#formerNames.delete(targetKey(to));
    this.#formerNames.set(targetKey(from), { target: to, renamedAt: plan.renamedAt });
    this.events.push(...plan.events);
    return plan;
  }

  delete(target: Target, now: number): void {
    const rows = this.rows(target);
    const { status, deletedAt, event } = planDelete({
      existing: rows.existing,
      target,
      now,
      actor: undefined,
    });
    rows.existing = { ...rows.existing, status, deletedAt, lastDeletedAt: deletedAt };
    this.events.push(event);
  }

  isKnown(target: Target): boolean {
    return this.#targets.has(targetKey(target));
  }

  isShown(target: Target): boolean {
    return isShown(this.#targets.get(targetKey(target))?.existing);
  }

  rows(target: Target): TargetRows {
    const rows = this.#targets.get(targetKey(target));
    if (rows === undefined) throw new Error(`There is no ${targetKey(target)}.`);
    return rows;
  }

  targets(): Target[] {
    return [...this.#targets.values()].flatMap(({ existing }) =>
      existing.status ? [existing.status.target] : [],
    );
  }

  status(target: Target): RecordedStatus {
    const { status } = this.rows(target).existing;
    if (status === undefined) throw new Error('Nothing was reported about it.');
    return status;
  }

  /** The history according to the rows: every period, including the current one, and every incident without its id. */
  history(target: Target) {
    const { existing, periods, incidents } = this.rows(target);
    const all = [...periods, ...(existing.status ? [currentPeriod(existing.status)] : [])];
    return {
      periods: all.sort(comparePeriods).map((period) => ({ ...period, finding: { id: period.finding.id } })),
      incidents: incidents
        .map(({ id: _, ...incident }) => incident)
        .sort((a, b) => a.openedAt - b.openedAt || a.receivedAt - b.receivedAt),
    };
  }

  /** Every period, with what was found. */
  periods(target: Target) {
    const { existing, periods } = this.rows(target);
    const all = [...periods, ...(existing.status ? [currentPeriod(existing.status)] : [])];
    return all.sort(comparePeriods).map(({ finding, ...period }) => {
      const { id: _, ...content } = this.#findings[finding.id] ?? { id: 0 };
      return { ...period, finding: content };
    });
  }

  /** The result of the fold over every recorded report. */
  fold(target: Target) {
    const { periods, incidents } = foldHistory(
      this.rows(target).reports.map((report) => this.#folded(report)),
    );
    return {
      periods: periods.map((period) => ({ ...period, finding: { id: period.finding.id } })),
      incidents: incidents.map((incident) => ({ ...incident })),
    };
  }

  #folded(report: Report & { findingId: number }) {
    const finding = this.#findings[report.findingId];
    if (finding === undefined) throw new Error('There is no such finding.');
    return { ...report, staleAt: report.checkedAt + report.staleAfterMs, finding };
  }

  #findingId({ finding }: { finding: Submission['reports'][number]['finding'] }): number {
    const text = canonicalFinding(finding);
    const existing = this.#findings.find((one) => canonicalFinding(one) === text);
    if (existing !== undefined) return existing.id;
    const id = this.#findings.length;
    this.#findings.push({ id, ...finding });
    return id;
  }

  #load(need: Need, facts: Facts): void {
    const rows = this.#targets.get(targetKey(need.target));
    switch (need.kind) {
      case 'target':
        facts.add(need, rows?.existing);
        return;
      case 'former_name':
        facts.add(need, this.#formerNames.get(targetKey(need.target)));
        return;
      case 'similar':
        facts.add(
          need,
          this.targets().filter((target) => spellingKey(target) === spellingKey(need.target)),
        );
        return;
      case 'reports':
        facts.add(
          need,
          this.#recorded(rows).filter(({ checkedAt }) => checkedAt >= need.from && checkedAt <= need.to),
        );
        return;
      case 'neighbours':
        facts.add(need, this.#neighbours(rows, need.at));
        return;
      case 'open_incident':
        facts.add(
          need,
          rows?.incidents.find(({ resolvedAt }) => resolvedAt === undefined),
        );
        return;
      case 'drift':
        facts.add(need, this.#drift(rows, need));
    }
  }

  #recorded(rows: TargetRows | undefined): RecordedReport[] {
    return (rows?.reports ?? [])
      .map((report) => {
        const { id, syncStatus } = this.#folded(report).finding;
        const staleAt = report.checkedAt + report.staleAfterMs;
        return { ...report, staleAt, finding: { id, syncStatus } };
      })
      .sort(compareKeys);
  }

  #neighbours(rows: TargetRows | undefined, at: number): Neighbours {
    const reports = this.#recorded(rows);
    const periods = [...(rows?.periods ?? [])].sort(comparePeriods);
    const incidents = [...(rows?.incidents ?? [])].sort(
      (a, b) => a.openedAt - b.openedAt || a.receivedAt - b.receivedAt,
    );
    const synced = periods.filter(({ finding }) => finding.syncStatus === 'SYNCED');
    return {
      before: reports.findLast(({ checkedAt }) => checkedAt <= at),
      after: reports.find(({ checkedAt }) => checkedAt > at),
      period: periods.findLast(({ startedAt }) => startedAt <= at),
      nextPeriod: periods.find(({ startedAt }) => startedAt > at),
      syncedPeriod: synced.findLast(({ startedAt }) => startedAt <= at),
      nextSyncedPeriod: synced.find(({ startedAt }) => startedAt > at),
      statePeriod: periods.findLast(({ startedAt, startsState }) => startsState && startedAt <= at),
      incident: incidents.findLast(({ openedAt }) => openedAt <= at),
      nextIncident: incidents.find(({ openedAt }) => openedAt > at),
    };
  }

  #drift(
    rows: TargetRows | undefined,
    { after, before }: { after: HistoryKey | undefined; before: HistoryKey | undefined },
  ): Drift | undefined {
    const drifts = [...(rows?.reports ?? [])]
      .filter((report) => after === undefined || compareKeys(report, after) > 0)
      .filter((report) => before === undefined || compareKeys(report, before) < 0)
      .sort(compareKeys)
      .map((report) => this.#folded(report))
      .filter(({ finding }) => finding.syncStatus === 'OUT_OF_SYNC')
      .map(driftOf);
    const [first, ...rest] = drifts;
    return first && rest.reduce(mergeDrifts, first);
  }

  #write(plan: TargetPlan): void {
    const key = targetKey(plan.target);
    const rows = this.#targets.get(key) ?? {
      existing: UNKNOWN_TARGET,
      reports: [],
      periods: [],
      incidents: [],
    };
    this.#targets.set(key, rows);
    for (const { posted, finding, lastCheckAt, checkedAt, receivedAt } of plan.reports)
      rows.reports.push({ ...posted, lastCheckAt, checkedAt, receivedAt, findingId: finding.id });
    const isAt = (period: Period<FindingRef>, start: HistoryKey) => compareKeys(startOf(period), start) === 0;
    for (const start of plan.removedPeriods) {
      if (!rows.periods.some((period) => isAt(period, start)))
        throw new Error('It removes what is not there.');
      rows.periods = rows.periods.filter((period) => !isAt(period, start));
    }
    for (const period of plan.writtenPeriods) {
      rows.periods = [...rows.periods.filter((one) => !isAt(one, startOf(period))), period];
    }
    for (const incident of plan.incidents) {
      rows.incidents = [...rows.incidents.filter(({ id }) => id !== incident.id), incident];
      this.#nextIncidentId = Math.max(this.#nextIncidentId, incident.id + 1);
      const open = rows.incidents.filter(({ resolvedAt }) => resolvedAt === undefined);
      if (open.length > 1) throw new Error('Two incidents are open at a time.');
    }
    rows.existing = { ...rows.existing, ...plan.labels, status: plan.status };
    if (plan.isBack) rows.existing = { ...rows.existing, deletedAt: undefined };
  }
}

const UNKNOWN_TARGET: ExistingTarget = {
  labels: {},
  labelsAt: undefined,
  declaredAt: undefined,
  deletedAt: undefined,
  lastDeletedAt: undefined,
  status: undefined,
};

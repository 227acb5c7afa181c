import type { FindingContent, FindingRef } from '../../domain/finding.ts';
import { foldIncidents, type Incident, observe } from '../../domain/incident.ts';
import {
  absorbs,
  mergePeriods,
  type Observation,
  type Period,
  periodOf,
  splitPeriod,
} from '../../domain/period.ts';
import type { Report } from '../../domain/report.ts';
import type { Target } from '../../domain/target.ts';
import type { OpenIncident, Recorded } from '../store.ts';
import { type Head, Heads } from './heads.ts';
import { IncidentTable } from './incident-table.ts';
import { Interning } from './interning.ts';
import type { Database } from './open.ts';
import { PeriodTable } from './period-table.ts';
import { pruningRefusal } from './pruning-refusal.ts';
import { ReportTable } from './report-table.ts';
import type { PeriodRef } from './rows.ts';

interface Arrival {
  readonly head: Head;
  readonly targetId: number;
  readonly content: FindingContent;
  readonly seen: Observation<FindingRef>;
}

/**
 * Records reports one by one inside the caller's transaction, and keeps periods and incidents equal to the
 * fold. In order it costs the same whatever the history; a late report touches the periods beside it and the
 * incidents between the SYNCED before and the SYNCED after.
 */
export class Recording {
  readonly #client: Database['$client'];
  readonly #intern: Interning;
  readonly #reports: ReportTable;
  readonly #periods: PeriodTable;
  readonly #incidents: IncidentTable;
  readonly #refusePruned;
  readonly #heads = new Heads((target) => this.#readHead(target));

  #dataVersion: unknown;

  constructor(db: Database) {
    this.#client = db.$client;
    this.#intern = new Interning(db);
    this.#reports = new ReportTable(db);
    this.#periods = new PeriodTable(db);
    this.#incidents = new IncidentTable(db);
    this.#refusePruned = pruningRefusal(db.$client);
  }

  /** What is remembered of the rows is true as long as nobody else writes: here, inside the transaction, nobody can. */
  recordAll(reports: readonly Report[]): Recorded[] {
    const version = this.#client.pragma('data_version', { simple: true });
    if (version !== this.#dataVersion) this.forget();
    this.#dataVersion = version;
    return reports.map((report) => this.#record(report));
  }

  #record(report: Report): Recorded {
    const head = this.#heads.of(report.target);
    const { targetId, last } = head;
    const finding = this.#intern.finding(report.finding);
    const inOrder = last === undefined || report.checkedAt > last.lastCheckAt;
    if (!inOrder) this.#refusePruned(targetId, report);
    if (!inOrder && this.#reports.has(targetId, report.checkedAt, finding.id)) {
      const change = this.#changeAgain(targetId, { checkedAt: report.checkedAt, finding, last });
      return recordedAs('duplicate', change, head);
    }
    const arrived = inOrder ? report : this.#afterTies(targetId, report);
    const arrival = { head, targetId, content: report.finding, seen: observationOf(arrived, finding) };
    const next = inOrder ? this.#append(arrival) : this.#slot(arrival);
    this.#heads.set(report.target, next);
    const sourceId = this.#intern.source(report);
    this.#reports.insert({ targetId, findingId: finding.id, sourceId }, arrived);
    return recordedAs('new', changeOf(arrival.seen, last), next);
  }

  /** Must be called where a transaction was rolled back, a target was deleted, or somebody else wrote. */
  forget(): void {
    this.#heads.clear();
    this.forgetInterned();
  }

  /** Must be called where findings or sources were deleted. */
  forgetInterned(): void {
    this.#intern.forget();
  }

  #readHead(target: Target): Head {
    return this.#headOf(this.#intern.target(target));
  }

  #headOf(targetId: number): Head {
    const last = this.#periods.last(targetId);
    if (last === undefined) return { targetId, last, since: Number.NaN, incident: undefined };
    const since = last.opensState ? last : (this.#periods.stateOpenedBy(targetId, last) ?? last);
    return {
      targetId,
      last,
      since: since.startedAt,
      incident: openIncidentOf(this.#incidents.open(targetId)),
    };
  }

  /** The usual case: newer than everything known. */
  #append({ head, content, seen }: Arrival): Head {
    const { targetId, last } = head;
    const period = periodOf(seen);
    const merged = mergePeriods(last === undefined ? [period] : [last, period]);
    const current = merged.at(-1) ?? period;
    if (last !== undefined && merged.length === 1) {
      this.#periods.extend(targetId, current);
      return { targetId, last: current, since: head.since, incident: head.incident };
    }
    this.#periods.insert(targetId, current);
    const incident = this.#advanceIncident(targetId, {
      ...current,
      finding: { ...content, ...current.finding },
    });
    return { targetId, last: current, since: current.opensState ? current.startedAt : head.since, incident };
  }

  #advanceIncident(targetId: number, period: Period): OpenIncident | undefined {
    const open = this.#incidents.open(targetId);
    const opens = open === undefined && period.finding.syncStatus === 'OUT_OF_SYNC';
    const lastSyncedCommit = opens ? this.#periods.syncedBefore(targetId, period)?.commit : undefined;
    const next = observe(open, period, lastSyncedCommit);
    if (next === undefined || next === open) return openIncidentOf(open);
    if (open === undefined) this.#incidents.insert(targetId, next);
    else this.#incidents.update(open.id, next);
    return openIncidentOf(this.#incidents.open(targetId));
  }

  /** Puts a report among those already there: late, or of the same instant as the newest. */
  #slot({ targetId, seen }: Arrival): Head {
    const before = this.#periods.startedBy(targetId, seen.checkedAt);
    if (before !== undefined && before.lastCheckAt > seen.checkedAt) {
      this.#slotInside(targetId, seen, before);
    } else {
      const after = this.#periods.startedAfter(targetId, seen.checkedAt);
      const known = [before, after].filter((period) => period !== undefined);
      const runs = [before, periodOf(seen), after].filter((period) => period !== undefined);
      this.#replacePeriods(targetId, known, runs);
    }
    return this.#headOf(targetId);
  }

  #slotInside(targetId: number, seen: Observation<FindingRef>, period: PeriodRef): void {
    const previous = this.#reports.checkedBy(targetId, seen.checkedAt);
    const next = this.#reports.checkedAfter(targetId, seen.checkedAt);
    if (previous === undefined || next === undefined) {
      throw new Error('A period must have reports on both sides of an instant inside it.');
    }
    if (absorbs(period, { previous, report: seen, next })) {
      this.#periods.extend(targetId, { ...period, reports: period.reports + 1 });
      return;
    }
    // Strictly between its ends every report is the period's own, and at its end exactly one is.
    const reportsAfter = this.#reports.countBetween(targetId, seen.checkedAt, period.lastCheckAt) + 1;
    const [left, right] = splitPeriod(period, { last: previous, first: next, reportsAfter });
    this.#replacePeriods(targetId, [period], [left, periodOf(seen), right]);
  }

  #replacePeriods(targetId: number, known: readonly PeriodRef[], runs: readonly PeriodRef[]): void {
    const merged = mergePeriods(runs);
    for (const period of known) this.#periods.remove(targetId, period);
    for (const period of merged) this.#periods.insert(targetId, period);
    const [first, last] = [merged.at(0), merged.at(-1)];
    if (first === undefined || last === undefined) return;
    // Past a SYNCED no incident is open, and its commit is the last synced one: from there on nothing differs.
    const after = this.#periods.syncedBefore(targetId, first);
    const upTo = this.#periods.syncedAfter(targetId, last);
    const folded = foldIncidents(this.#periods.between(targetId, after, upTo), after?.commit);
    this.#incidents.replace(targetId, { after, upTo }, folded);
  }

  /** Of several reports of one instant the last to arrive counts, also where the clock was turned back. */
  #afterTies(targetId: number, report: Report): Report {
    const tied = this.#reports.lastArrival(targetId, report.checkedAt);
    if (tied === undefined || tied < report.receivedAt) return report;
    return { ...report, receivedAt: tied + 1 };
  }

  #changeAgain(
    targetId: number,
    { checkedAt, finding, last }: { checkedAt: number; finding: FindingRef; last: PeriodRef },
  ): Recorded['change'] {
    if (checkedAt < last.lastCheckAt) return 'late';
    const own = this.#periods.startedBy(targetId, checkedAt);
    if (own === undefined || own.startedAt < checkedAt || own.finding.id !== finding.id) return 'unchanged';
    const before = this.#periods.before(targetId, own);
    if (before === undefined) return 'first';
    return before.finding.id === finding.id ? 'unchanged' : 'changed';
  }
}

function recordedAs(recorded: Recorded['recorded'], change: Recorded['change'], head: Head): Recorded {
  const { last, since, incident } = head;
  return { recorded, change, since, staleAt: last?.staleAt ?? Number.NaN, incident };
}

function openIncidentOf(
  incident: (Incident & { readonly id: number }) | undefined,
): OpenIncident | undefined {
  return incident && { id: incident.id, openedAt: incident.openedAt, cause: incident.cause };
}

function changeOf(seen: Observation<FindingRef>, last: PeriodRef | undefined): Recorded['change'] {
  if (last === undefined) return 'first';
  if (seen.checkedAt < last.lastCheckAt) return 'late';
  return seen.finding.id === last.finding.id ? 'unchanged' : 'changed';
}

function observationOf(report: Report, finding: FindingRef): Observation<FindingRef> {
  const { checkedAt, receivedAt, commit, runUrl } = report;
  return { checkedAt, receivedAt, staleAt: checkedAt + report.staleAfterMs, finding, commit, runUrl };
}

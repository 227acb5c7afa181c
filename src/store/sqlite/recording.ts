import type { FindingContent, FindingRef } from '../../domain/finding.ts';
import { foldIncidents, type Incident, observe } from '../../domain/incident.ts';
import {
  absorbs,
  appendTo,
  mergePeriods,
  type Observation,
  type OpenPeriod,
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

/**
 * After so many reports that only extend it, a period's row is written again. Not after each: a large fleet has few
 * rows on a page, so each would cost a page more. Until then the reports tell where it ends (`period-end.ts`).
 */
const MAX_UNWRITTEN = 64;

interface Arrival {
  readonly head: Head;
  readonly target: Target;
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
    const { targetId, current } = head;
    const finding = this.#intern.finding(report.finding);
    const inOrder = current === undefined || report.checkedAt > current.lastCheckAt;
    if (!inOrder) this.#refusePruned(targetId, report);
    if (!inOrder && this.#reports.has(targetId, report.checkedAt, finding.id)) {
      const change = this.#changeAgain(targetId, { checkedAt: report.checkedAt, finding, current });
      return recordedAs('duplicate', change, head);
    }
    const arrived = inOrder ? report : this.#afterTies(targetId, report);
    const arrival = {
      head,
      target: report.target,
      content: report.finding,
      seen: observationOf(arrived, finding),
    };
    const next = inOrder ? this.#append(arrival) : this.#slot(arrival);
    const sourceId = this.#intern.source(report);
    this.#reports.insert({ targetId, findingId: finding.id, sourceId }, arrived);
    return recordedAs('new', changeOf(arrival.seen, current), next);
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
    if (last === undefined) {
      return { targetId, current: undefined, unwritten: 0, since: Number.NaN, incident: undefined };
    }
    const { unwritten, period } = last;
    const { startedAt: since } = period.opensState
      ? period
      : (this.#periods.stateOpenedBy(targetId, period) ?? period);
    const incident = openIncidentOf(this.#incidents.open(targetId));
    return { targetId, current: openPeriodOf(period), unwritten, since, incident };
  }

  /** The usual case: newer than everything known. */
  #append({ head, target, content, seen }: Arrival): Head {
    const { targetId } = head;
    const { kind, period } = appendTo(head.current, seen);
    if (kind === 'extended') {
      const extended = this.#written(
        { ...head, current: period, unwritten: head.unwritten + 1 },
        MAX_UNWRITTEN,
      );
      this.#heads.extend(target, extended);
      return extended;
    }
    this.#written(head);
    this.#periods.insert(targetId, period);
    const incident = this.#advanceIncident(targetId, {
      ...period,
      finding: { ...content, ...period.finding },
    });
    const since = period.opensState ? period.startedAt : head.since;
    const next = { targetId, current: openPeriodOf(period), unwritten: 0, since, incident };
    this.#heads.set(target, next);
    return next;
  }

  /** Writes the end of the current period where its row is behind, by `from` reports at least. */
  #written<H extends Head>(head: H, from = 1): H {
    if (head.current === undefined || head.unwritten < from) return head;
    this.#periods.extend(head.targetId, head.current);
    return { ...head, unwritten: 0 };
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
  #slot({ head, target, seen }: Arrival): Head {
    const { targetId } = head;
    this.#written(head);
    const before = this.#periods.startedBy(targetId, seen.checkedAt);
    if (before !== undefined && before.lastCheckAt > seen.checkedAt) {
      this.#slotInside(targetId, seen, before);
    } else {
      const after = this.#periods.startedAfter(targetId, seen.checkedAt);
      const known = [before, after].filter((period) => period !== undefined);
      const runs = [before, periodOf(seen), after].filter((period) => period !== undefined);
      this.#replacePeriods(targetId, known, runs);
    }
    const next = this.#headOf(targetId);
    this.#heads.set(target, next);
    return next;
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
    { checkedAt, finding, current }: { checkedAt: number; finding: FindingRef; current: OpenPeriod },
  ): Recorded['change'] {
    if (checkedAt < current.lastCheckAt) return 'late';
    const own = this.#periods.startedBy(targetId, checkedAt);
    if (own === undefined || own.startedAt < checkedAt || own.finding.id !== finding.id) return 'unchanged';
    const before = this.#periods.before(targetId, own);
    if (before === undefined) return 'first';
    return before.finding.id === finding.id ? 'unchanged' : 'changed';
  }
}

function recordedAs(recorded: Recorded['recorded'], change: Recorded['change'], head: Head): Recorded {
  const { current, since, incident } = head;
  return { recorded, change, since, staleAt: current?.staleAt ?? Number.NaN, incident };
}

function openPeriodOf({ opensState: _, runUrl: __, ...period }: PeriodRef): OpenPeriod {
  return period;
}

function openIncidentOf(
  incident: (Incident & { readonly id: number }) | undefined,
): OpenIncident | undefined {
  return incident && { id: incident.id, openedAt: incident.openedAt, cause: incident.cause };
}

function changeOf(seen: Observation<FindingRef>, before: OpenPeriod | undefined): Recorded['change'] {
  if (before === undefined) return 'first';
  if (seen.checkedAt < before.lastCheckAt) return 'late';
  return seen.finding.id === before.finding.id ? 'unchanged' : 'changed';
}

function observationOf(report: Report, finding: FindingRef): Observation<FindingRef> {
  const { checkedAt, receivedAt, commit, runUrl } = report;
  return { checkedAt, receivedAt, staleAt: checkedAt + report.staleAfterMs, finding, commit, runUrl };
}

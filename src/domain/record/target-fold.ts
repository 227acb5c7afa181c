import type { FindingRef, SyncStatus } from '../finding.ts';
import { driftOf, growIncident, openIncident, resolveIncident, type StoredIncident } from '../incident.ts';
import { extendsPeriod, mergePeriods, type Period, periodOf } from '../period.ts';
import type { Accepted } from './accepted.ts';
import { currentPeriod, type Facts, type RecordedStatus } from './facts.ts';
import type { IncidentChange } from './late-incidents.ts';
import { eventDetailsOf, hasChanged, openPartOf, resolutionOf, type TargetEvents } from './target-events.ts';

interface Context {
  readonly facts: Facts;
  readonly newIncidentId: () => number;
  /** Undefined if events are not added report by report. */
  readonly events: TargetEvents | undefined;
}

/** Applies to one target the reports of a transaction that are newer than all before them, in order. */
export class TargetFold {
  status: RecordedStatus | undefined;
  readonly endedPeriods: Period<FindingRef>[] = [];
  /** The incidents that were opened, changed or resolved, by id. */
  readonly incidents = new Map<number, StoredIncident>();
  /** The same incidents before the transaction. */
  readonly #incidentsBefore = new Map<number, StoredIncident>();
  readonly #context: Context;

  constructor(status: RecordedStatus | undefined, context: Context) {
    this.status = status;
    this.#context = context;
  }

  /** Applies the changes that late reports made to the incidents. */
  takeIncidents(changes: readonly IncidentChange[]): void {
    for (const { before, after } of changes) {
      if (before !== undefined) this.#incidentsBefore.set(before.id, before);
      for (const incident of after) {
        if (incident !== before) this.incidents.set(incident.id, incident);
        if (incident.resolvedAt === undefined) this.#setOpen(incident);
        else if (incident.id === this.status?.incident?.id) this.#setOpen(undefined);
      }
    }
  }

  /** The net change of every incident. */
  incidentChanges(): IncidentChange[] {
    return [...this.incidents.values()].map((after) => ({
      before: this.#incidentsBefore.get(after.id),
      after: [after],
    }));
  }

  /** Appends a report; false if something has to be loaded first. */
  append(report: Accepted): boolean {
    const before = this.status;
    const open = this.#openIncident(report);
    if (open === 'undecided') return false;
    this.#addGap(report);
    this.#follow(report);
    if (open !== 'untouched') this.#observe(open, report, before);
    this.#addReport(report);
    if (open !== 'untouched') this.#addIncident(open, report);
    return true;
  }

  /** The open incident, if the report may change it. */
  #openIncident(report: Accepted): StoredIncident | 'untouched' | 'undecided' | undefined {
    const open = this.status?.incident;
    const { syncStatus, id } = report.finding;
    if (syncStatus === 'UNKNOWN') return 'untouched';
    if (open === undefined) return undefined;
    const isSeen = syncStatus === 'OUT_OF_SYNC' && this.status?.finding.id === id && !report.afterDeploy;
    if (isSeen) return 'untouched';
    const changed = this.incidents.get(open.id);
    if (changed !== undefined) return changed;
    const loaded = this.#context.facts.get({ kind: 'open_incident', target: report.posted.target });
    if (loaded === undefined) return 'undecided';
    if (loaded.answer !== undefined) this.#incidentsBefore.set(open.id, loaded.answer);
    return loaded.answer;
  }

  #follow(report: Accepted): void {
    const period = this.#periodWith(report);
    const { status } = this;
    const { posted, finding, sourceId, lastCheckAt, receivedAt } = report;
    const { syncStatus } = finding;
    const isSynced = syncStatus === 'SYNCED';
    this.status = {
      target: posted.target,
      checkedAt: period.lastCheckedAt,
      receivedAt: period.lastReceivedAt,
      lastCheckAt,
      staleAt: period.staleAt,
      finding: { id: finding.id, syncStatus },
      commit: period.commit,
      lastSyncedAt: isSynced ? report.checkedAt : status?.lastSyncedAt,
      lastSyncedCommit: isSynced ? report.commit : status?.lastSyncedCommit,
      incident: status?.incident,
      check: posted.check,
      pushed: posted.pushed,
      startedAt: period.startedAt,
      startReceivedAt: period.receivedAt,
      startsState: period.startsState,
      periodRunUrl: period.runUrl,
      newestReceivedAt: Math.max(receivedAt, status?.newestReceivedAt ?? receivedAt),
      newestLastCheckAt: Math.max(lastCheckAt, status?.newestLastCheckAt ?? lastCheckAt),
      announcedState: status?.announcedState,
      announcedCommit: status?.announcedCommit,
      sourceId,
      reports: withOneMore(status?.reports ?? NO_REPORTS, syncStatus),
      ...stateStart(period, status),
    };
  }

  #periodWith(report: Accepted): Period<FindingRef> {
    const own = periodOf<FindingRef>(report);
    if (this.status === undefined) return own;
    const current = currentPeriod(this.status);
    if (!extendsPeriod(current, report)) this.endedPeriods.push(current);
    return mergePeriods([current, own]).at(-1) ?? own;
  }

  #observe(open: StoredIncident | undefined, report: Accepted, before: RecordedStatus | undefined): void {
    const next = incidentAfter(open, report, {
      lastSynced: before && { commit: before.lastSyncedCommit },
      newId: this.#context.newIncidentId,
    });
    if (next === undefined || next === open) return;
    this.incidents.set(next.id, next);
    this.#setOpen(next.resolvedAt === undefined ? next : undefined);
  }

  #setOpen(incident: StoredIncident | undefined): void {
    if (this.status !== undefined)
      this.status = { ...this.status, incident: incident && openPartOf(incident) };
  }

  /** A gap that ended before the scan saw it: its STALE event is added now. */
  #addGap(report: Accepted): void {
    const { status } = this;
    if (status === undefined || report.checkedAt <= status.staleAt) return;
    const { incident, staleAt, commit } = status;
    this.#context.events?.addState('STALE', { origin: 'report', effectiveAt: staleAt, incident, commit });
  }

  #addReport(report: Accepted): void {
    const { events } = this.#context;
    const { syncStatus } = report.finding;
    if (events === undefined || this.status === undefined || events.haveSaid(syncStatus, report.commit))
      return;
    const { incident } = this.status;
    const details = { ...eventDetailsOf(report), origin: 'report', incident } as const;
    const kind = events.announcedState === undefined ? 'target_added' : 'state_changed';
    events.addState(syncStatus, { ...details, kind });
    events.addCommit(report.commit, details);
  }

  #addIncident(before: StoredIncident | undefined, report: Accepted): void {
    const { events } = this.#context;
    const id = before?.id ?? this.status?.incident?.id;
    const after = id === undefined ? undefined : this.incidents.get(id);
    if (events === undefined || after === undefined || after === before) return;
    const details = { ...eventDetailsOf(report), origin: 'report' } as const;
    if (before === undefined) events.addIncident('incident_opened', after, details);
    else if (after.resolvedAt !== undefined) {
      events.addIncident('incident_resolved', after, { ...details, ...resolutionOf(after) });
    } else if (hasChanged(before, after)) events.addIncident('incident_changed', after, details);
  }
}

type Counts = RecordedStatus['reports'];

const NO_REPORTS: Counts = { SYNCED: 0, OUT_OF_SYNC: 0, UNKNOWN: 0 };

export function withOneMore({ SYNCED, OUT_OF_SYNC, UNKNOWN }: Counts, syncStatus: SyncStatus): Counts {
  return {
    SYNCED: SYNCED + Number(syncStatus === 'SYNCED'),
    OUT_OF_SYNC: OUT_OF_SYNC + Number(syncStatus === 'OUT_OF_SYNC'),
    UNKNOWN: UNKNOWN + Number(syncStatus === 'UNKNOWN'),
  };
}

function stateStart(period: Period<FindingRef>, status: RecordedStatus | undefined) {
  return period.startsState || status === undefined
    ? { since: period.startedAt, sinceReceivedAt: period.receivedAt }
    : { since: status.since, sinceReceivedAt: status.sinceReceivedAt };
}

function incidentAfter(
  open: StoredIncident | undefined,
  report: Accepted,
  { lastSynced, newId }: { lastSynced: { commit: string | undefined } | undefined; newId: () => number },
): StoredIncident | undefined {
  if (report.finding.syncStatus === 'SYNCED') return open && resolveIncident(open, report);
  const drift = driftOf(report);
  return open === undefined ? { id: newId(), ...openIncident(drift, lastSynced) } : growIncident(open, drift);
}

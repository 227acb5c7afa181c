import type { NewEvent } from '../event.ts';
import type { SyncStatus } from '../finding.ts';
import { compareKeys } from '../history-key.ts';
import type { Drift, StoredIncident } from '../incident.ts';
import { cutPeriod, endOf, startOf } from '../period.ts';
import type { Labels } from '../target.ts';
import { stateOf } from '../target-status.ts';
import {
  currentPeriod,
  type ExistingTarget,
  type Neighbours,
  type RecordedReport,
  type RecordedStatus,
  withCurrentPeriod,
} from './facts.ts';
import { planDelete } from './plan-delete.ts';
import { openPartOf, TargetEvents } from './target-events.ts';

/** What is left of a target's reports once those after an instant are removed. */
export interface Remainder {
  /** Around that instant, before anything was removed. */
  readonly neighbours: Neighbours;
  /** The newest report that is left. */
  readonly newest: RecordedReport & { readonly sourceId: number };
  readonly newestReceivedAt: number;
  readonly newestLastCheckAt: number;
  readonly removed: Readonly<Record<SyncStatus, number>>;
}

/**
 * The status of a target without the reports after an instant, as the fold over the rest gives it. The events about its
 * incident come later.
 */
export function statusWithout(status: RecordedStatus, remainder: Remainder): RecordedStatus {
  const { neighbours, newest, removed, ...largest } = remainder;
  const current = currentPeriod(status);
  const period = compareKeys(startOf(current), newest) <= 0 ? current : neighbours.period;
  if (period === undefined) throw new Error('A report that is left must be in a period.');
  const cut = cutPeriod(period, { first: undefined, last: newest });
  const stateStart = cut.startsState || neighbours.statePeriod === undefined ? cut : neighbours.statePeriod;
  const synced = cut.finding.syncStatus === 'SYNCED' ? cut : neighbours.syncedPeriod;
  return {
    ...withCurrentPeriod(status, cut),
    ...largest,
    lastCheckAt: newest.lastCheckAt,
    sourceId: newest.sourceId,
    check: newest.check,
    pushed: newest.pushed,
    since: stateStart.startedAt,
    sinceReceivedAt: stateStart.receivedAt,
    lastSyncedAt: synced && endOf(synced).checkedAt,
    lastSyncedCommit: synced?.commit,
    incident: undefined,
    reports: {
      SYNCED: status.reports.SYNCED - removed.SYNCED,
      OUT_OF_SYNC: status.reports.OUT_OF_SYNC - removed.OUT_OF_SYNC,
      UNKNOWN: status.reports.UNKNOWN - removed.UNKNOWN,
    },
  };
}

/** An incident without the removed reports: it is open, and has the drift that is left. */
export function incidentWithout(incident: StoredIncident, drift: Drift): StoredIncident {
  const { opening: _, ...content } = drift;
  return {
    ...incident,
    ...content,
    resolvedAt: undefined,
    resolvedCommit: undefined,
    resolvedRunUrl: undefined,
  };
}

/** The events of a repair after which no report is left: the target is as if it had never reported. */
export function planRemoval(
  now: number,
  { existing, before }: { readonly existing: ExistingTarget; readonly before: RecordedStatus },
): readonly NewEvent[] {
  if (existing.deletedAt !== undefined) return [];
  const { target, announcedState, announcedCommit, incident } = before;
  const details = { origin: 'action', effectiveAt: now } as const;
  if (existing.declaredAt === undefined) {
    const { event } = planDelete({ existing, target, now, actor: undefined });
    return [{ ...event, ...details }];
  }
  const { labels } = existing;
  const events = new TargetEvents({ target, labels, now, announcedState, announcedCommit });
  events.addState('STALE', details);
  if (incident !== undefined) events.addOpenIncident('incident_resolved', incident, details);
  return events.list;
}

/** The status with its open incident, and the events of the repair: the net change. */
export function planRepair(
  now: number,
  {
    before,
    after,
    incident,
    labels,
  }: {
    readonly before: RecordedStatus;
    readonly after: RecordedStatus;
    readonly incident: StoredIncident | undefined;
    readonly labels: Labels;
  },
): { readonly status: RecordedStatus; readonly events: readonly NewEvent[] } {
  const { target, announcedState, announcedCommit } = before;
  const open = incident && openPartOf(incident);
  const status = { ...after, incident: open };
  // A deleted target gets no event.
  if (announcedState === undefined) return { status, events: [] };
  const events = new TargetEvents({ target, labels, now, announcedState, announcedCommit });
  const details = { origin: 'action', effectiveAt: now, commit: after.commit } as const;
  events.addState(stateOf(after, now), { ...details, incident: open });
  if (before.incident !== undefined && before.incident.id !== open?.id) {
    events.addOpenIncident('incident_resolved', before.incident, details);
  }
  if (open !== undefined) events.addOpenIncident('incident_changed', open, details);
  return {
    status: {
      ...status,
      announcedState: events.announcedState,
      announcedCommit: after.commit ?? announcedCommit,
    },
    events: events.list,
  };
}

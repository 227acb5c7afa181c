import { fileNames } from '../finding.ts';
import type { Incident } from '../incident.ts';
import type { Range } from '../instant.ts';
import type { Period } from '../period.ts';
import { compareText } from '../target.ts';
import { type Segment, segmentsOf } from './timeline.ts';

/** How one file drifted, over all targets and a range. */
export interface FileDrift {
  readonly name: string;
  readonly targets: number;
  /** The number of incidents with this file. */
  readonly incidents: number;
  /** How long it was known to differ within the range, summed over targets. */
  readonly driftedMs: number;
  /** The first and the last report that named it, among the periods that overlap the range. */
  readonly firstSeenAt: number;
  readonly lastSeenAt: number;
  /** Whether it still differs on some target, by the last check that was not UNKNOWN. */
  readonly open: boolean;
}

type FilesOfIncident = Pick<Incident, 'openedAt' | 'resolvedAt' | 'files'>;

interface TargetHistory {
  /** Its segments over the range, if they are known already. */
  readonly segments?: readonly Segment[];
  /** In order, from the first that overlaps the range to the latest. */
  readonly periods: readonly Period[];
  readonly incidents: readonly FilesOfIncident[];
}

/** Which files drift most: the longest drifted first. */
export function fileDrifts(histories: readonly TargetHistory[], range: Range): FileDrift[] {
  const drifts = new Map<string, FileDrift>();
  for (const history of histories) {
    for (const drift of targetDrifts(history, range)) {
      const sum = drifts.get(drift.name);
      drifts.set(drift.name, sum === undefined ? drift : add(sum, drift));
    }
  }
  return [...drifts.values()].sort((a, b) => b.driftedMs - a.driftedMs || compareText(a.name, b.name));
}

/** The files of an incident. If its list was cut, the periods during the incident complete it. */
export function filesOf(incident: FilesOfIncident, periods: readonly Period[]): ReadonlySet<string> {
  const { openedAt, resolvedAt = Number.POSITIVE_INFINITY, files } = incident;
  const names = new Set(files.names);
  if (!files.isCut) return names;
  for (const period of periods) {
    if (!hasDrifted(period) || period.startedAt < openedAt || period.startedAt >= resolvedAt) continue;
    for (const name of fileNames(period.finding.files)) names.add(name);
  }
  return names;
}

function targetDrifts({ periods, incidents, segments }: TargetHistory, range: Range): FileDrift[] {
  const known = segments ?? segmentsOf({ declaredAt: undefined, periods }, range);
  const stillOpen = new Set(openFiles(periods));
  const incidentCounts = countNames(incidents.map((incident) => filesOf(incident, periods)));
  const spans = driftedSpans(known);
  const drifts = new Map<string, FileDrift>();
  for (const period of periods) {
    if (!hasDrifted(period) || period.startedAt >= range.to) continue;
    for (const name of fileNames(period.finding.files)) {
      drifts.set(name, {
        name,
        targets: 1,
        incidents: incidentCounts.get(name) ?? 0,
        driftedMs: spans.get(name) ?? 0,
        firstSeenAt: drifts.get(name)?.firstSeenAt ?? period.startedAt,
        lastSeenAt: period.lastCheckedAt,
        open: stillOpen.has(name),
      });
    }
  }
  return [...drifts.values()];
}

function hasDrifted({ finding }: Period): boolean {
  return finding.syncStatus === 'OUT_OF_SYNC';
}

function driftedSpans(segments: readonly Segment[]): Map<string, number> {
  const spans = new Map<string, number>();
  for (const { state, from, to, period } of segments) {
    if (state !== 'OUT_OF_SYNC') continue;
    for (const name of fileNames(period.finding.files)) spans.set(name, (spans.get(name) ?? 0) + to - from);
  }
  return spans;
}

/** UNKNOWN says nothing about files, so the last other period decides. */
function openFiles(periods: readonly Period[]): string[] {
  const conclusive = periods.findLast((period) => period.finding.syncStatus !== 'UNKNOWN');
  return conclusive?.finding.syncStatus === 'OUT_OF_SYNC' ? fileNames(conclusive.finding.files) : [];
}

function countNames(sets: readonly ReadonlySet<string>[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const names of sets) for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

function add(a: FileDrift, b: FileDrift): FileDrift {
  return {
    name: a.name,
    targets: a.targets + b.targets,
    incidents: a.incidents + b.incidents,
    driftedMs: a.driftedMs + b.driftedMs,
    firstSeenAt: Math.min(a.firstSeenAt, b.firstSeenAt),
    lastSeenAt: Math.max(a.lastSeenAt, b.lastSeenAt),
    open: a.open || b.open,
  };
}

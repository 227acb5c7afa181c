import { sameCommit } from '../commit.ts';
import { driftCountDuring } from '../drift-count.ts';
import { fileNames } from '../finding.ts';
import type { Incident } from '../incident.ts';
import type { Range } from '../instant.ts';
import type { Period } from '../period.ts';
import { type Resolver, resolverOf } from '../resolution.ts';
import type { TargetPeriods } from './reader.ts';
import { type Segment, segmentsOf } from './timeline.ts';

/** What checks said before and during an incident. */
export type Happening =
  /** The last check that was in sync before it opened. */
  | { readonly kind: 'in_sync'; readonly at: number; readonly commit: string | undefined }
  | (Drifted & { readonly kind: 'opened' | 'changed' })
  /** A deploy of a commit had just succeeded, and the target was still out of sync. */
  | { readonly kind: 'deployed'; readonly at: number; readonly commit: string }
  /** The check could not tell, or none reported. `until` is undefined if that lasts. */
  | { readonly kind: 'UNKNOWN' | 'STALE'; readonly at: number; readonly until: number | undefined }
  | {
      readonly kind: 'resolved';
      readonly at: number;
      readonly by: Resolver | undefined;
      readonly commit: string | undefined;
      readonly runUrl: string | undefined;
    };

interface Drifted {
  readonly at: number;
  /** How many files differed; undefined if that is not known. */
  readonly count: number | undefined;
  readonly commit: string | undefined;
  /** Whether the commit differs from that of the check before. */
  readonly isNewCommit: boolean;
  readonly runUrl: string | undefined;
}

/** The story of an incident as its checks tell it, newest first. `periods`: of the target, over the range. */
export function incidentStory(
  incident: Incident,
  { tracked, range }: { tracked: Pick<TargetPeriods, 'declaredAt' | 'periods'>; range: Range },
): Happening[] {
  const to = Math.min(range.to, incident.resolvedAt ?? range.to);
  // Periods are not clipped: what began before the range is told from its beginning.
  const segments = segmentsOf(tracked, { from: Number.NEGATIVE_INFINITY, to });
  const story = [
    ...lastInSync(segments, incident),
    ...driftsOf(segments, incident),
    ...silences(segments, { range, lastsTo: incident.resolvedAt === undefined ? to : undefined }),
    ...deployOf(incident),
    ...resolutionOf(incident),
  ];
  return story.sort((a, b) => b.at - a.at || PLACES.indexOf(b.kind) - PLACES.indexOf(a.kind));
}

/** Of two things at the same instant, the later one comes later here. */
const PLACES: readonly Happening['kind'][] = [
  'in_sync',
  'UNKNOWN',
  'STALE',
  'opened',
  'changed',
  'deployed',
  'resolved',
];

/** The last finding of an incident that differed. */
export function lastDriftOf(periods: readonly Period[], incident: Incident): Period | undefined {
  const { openedAt, resolvedAt = Number.POSITIVE_INFINITY } = incident;
  return periods.findLast(
    ({ finding, startedAt }) =>
      finding.syncStatus === 'OUT_OF_SYNC' && startedAt >= openedAt && startedAt < resolvedAt,
  );
}

function lastInSync(segments: readonly Segment[], { openedAt }: Incident): Happening[] {
  const last = segments.findLast(({ state, from }) => state === 'SYNCED' && from < openedAt);
  if (last?.period === undefined) return [];
  return [{ kind: 'in_sync', at: last.period.lastCheckedAt, commit: last.period.commit }];
}

/** The first one opened the incident. The others are told if something else differs, or if the commit is another. */
function driftsOf(segments: readonly Segment[], incident: Incident): Happening[] {
  const { openedAt, resolvedAt = Number.POSITIVE_INFINITY } = incident;
  const told: Happening[] = [];
  let before: Segment | undefined = segments.findLast(
    ({ state, from }) => state === 'SYNCED' && from < openedAt,
  );
  for (const segment of segments) {
    if (segment.state !== 'OUT_OF_SYNC' || segment.from < openedAt || segment.from >= resolvedAt) continue;
    const isFirst = told.length === 0;
    if (isFirst || !isSameDrift(before, segment))
      told.push({
        kind: isFirst ? 'opened' : 'changed',
        at: segment.from,
        count: driftCountDuring(segment),
        commit: segment.period.commit,
        isNewCommit: isOtherCommit(before?.period?.commit, segment.period.commit),
        runUrl: segment.period.runUrl,
      });
    before = segment;
  }
  return told;
}

function isSameDrift(a: Segment | undefined, b: Segment): boolean {
  const [of, is] = [a?.period, b.period];
  if (of === undefined || is === undefined || isOtherCommit(of.commit, is.commit)) return false;
  return (
    of.finding.driftCount === is.finding.driftCount &&
    JSON.stringify(fileNames(of.finding.files)) === JSON.stringify(fileNames(is.finding.files))
  );
}

/** An unknown commit is no change. */
function isOtherCommit(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined && !sameCommit(a, b);
}

/** Neighbours with the same state become one. What reaches the instant `lastsTo` is not over. */
function silences(
  segments: readonly Segment[],
  { range, lastsTo }: { range: Range; lastsTo: number | undefined },
): Happening[] {
  const told: { kind: 'UNKNOWN' | 'STALE'; at: number; until: number }[] = [];
  for (const { state, from, to } of segments) {
    if (state !== 'UNKNOWN' && state !== 'STALE') continue;
    const last = told.at(-1);
    if (last?.kind === state && last.until === from) last.until = to;
    else told.push({ kind: state, at: from, until: to });
  }
  return told
    .filter(({ until }) => until > range.from)
    .map((one) => ({ ...one, until: one.until === lastsTo ? undefined : one.until }));
}

function deployOf({ deployed }: Incident): Happening[] {
  return deployed === undefined ? [] : [{ kind: 'deployed', ...deployed }];
}

function resolutionOf(incident: Incident): Happening[] {
  const { resolvedAt: at, resolvedCommit: commit, resolvedRunUrl: runUrl } = incident;
  return at === undefined ? [] : [{ kind: 'resolved', at, by: resolverOf(incident), commit, runUrl }];
}

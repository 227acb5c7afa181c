import type { Incident } from '../incident.ts';
import type { State } from '../state.ts';
import type { Segment } from './timeline.ts';

/** The time that targets spent in each state over a range. Spans in milliseconds. */
export interface Compliance {
  readonly trackedMs: number;
  readonly ms: Readonly<Record<State, number>>;
  /** The share of SYNCED in the time when the state was known; undefined if it never was. */
  readonly inSyncRatio: number | undefined;
  /** The share of the tracked time when the state was known; undefined if nothing was tracked. */
  readonly coverage: number | undefined;
  readonly incidents: number;
  /** Of the resolved incidents; undefined if there are none. */
  readonly meanTimeToResolveMs: number | undefined;
  readonly medianTimeToResolveMs: number | undefined;
}

/** What compliance is computed from: it may come from several targets, whose times add up. */
export interface Tally {
  readonly ms: Record<State, number>;
  incidents: number;
  /** How long each resolved incident took. */
  readonly toResolveMs: number[];
}

export function newTally(): Tally {
  return { ms: { SYNCED: 0, OUT_OF_SYNC: 0, UNKNOWN: 0, STALE: 0 }, incidents: 0, toResolveMs: [] };
}

/** Segments and incidents may come from several targets: their times add up. */
export function complianceOf(
  segments: readonly Segment[],
  incidents: readonly Pick<Incident, 'openedAt' | 'resolvedAt'>[],
): Compliance {
  const tally = newTally();
  for (const { state, from, to } of segments) tally.ms[state] += to - from;
  tally.incidents = incidents.length;
  for (const { openedAt, resolvedAt } of incidents) {
    if (resolvedAt !== undefined) tally.toResolveMs.push(resolvedAt - openedAt);
  }
  return complianceFrom(tally);
}

export function complianceFrom({ ms, incidents, toResolveMs }: Tally): Compliance {
  const knownMs = ms.SYNCED + ms.OUT_OF_SYNC;
  const trackedMs = knownMs + ms.UNKNOWN + ms.STALE;
  return {
    trackedMs,
    ms,
    inSyncRatio: ratio(ms.SYNCED, knownMs),
    coverage: ratio(knownMs, trackedMs),
    incidents,
    meanTimeToResolveMs: ratio(
      toResolveMs.reduce((sum, span) => sum + span, 0),
      toResolveMs.length,
    ),
    medianTimeToResolveMs: median(toResolveMs),
  };
}

function ratio(part: number, whole: number): number | undefined {
  return whole === 0 ? undefined : part / whole;
}

export function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  return upper === undefined || lower === undefined ? undefined : (lower + upper) / 2;
}

import type { Incident } from '../incident.ts';
import type { State } from '../state.ts';
import type { Segment } from './timeline.ts';

/** The time that targets spent in each state over a range. Spans in milliseconds. */
export interface Compliance {
  readonly trackedMs: number;
  readonly ms: Readonly<Record<State, number>>;
  /** The share of SYNCED in the time when the state was known; undefined where it never was. */
  readonly inSyncRatio: number | undefined;
  /** The share of the tracked time when the state was known; undefined where nothing was tracked. */
  readonly coverage: number | undefined;
  readonly incidents: number;
  /** Of the resolved incidents; undefined where there are none. */
  readonly meanTimeToResolveMs: number | undefined;
  readonly medianTimeToResolveMs: number | undefined;
}

/** Segments and incidents may come from several targets: their times add up. */
export function complianceOf(
  segments: readonly Segment[],
  incidents: readonly Pick<Incident, 'openedAt' | 'resolvedAt'>[],
): Compliance {
  const ms = { SYNCED: 0, OUT_OF_SYNC: 0, UNKNOWN: 0, STALE: 0 };
  for (const { state, from, to } of segments) ms[state] += to - from;
  const knownMs = ms.SYNCED + ms.OUT_OF_SYNC;
  const trackedMs = knownMs + ms.UNKNOWN + ms.STALE;
  const toResolve = incidents.flatMap((i) => (i.resolvedAt === undefined ? [] : [i.resolvedAt - i.openedAt]));
  return {
    trackedMs,
    ms,
    inSyncRatio: ratio(ms.SYNCED, knownMs),
    coverage: ratio(knownMs, trackedMs),
    incidents: incidents.length,
    meanTimeToResolveMs: ratio(
      toResolve.reduce((sum, span) => sum + span, 0),
      toResolve.length,
    ),
    medianTimeToResolveMs: median(toResolve),
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

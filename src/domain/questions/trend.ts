import type { Incident } from '../incident.ts';
import type { Range } from '../instant.ts';
import { type Compliance, complianceOf } from './compliance.ts';
import type { Buckets } from './sampling.ts';
import type { Segment } from './timeline.ts';

/** The compliance of some targets in one bucket; its incidents are those that were resolved in it. */
export interface TrendPoint {
  readonly time: number;
  readonly compliance: Compliance;
}

/**
 * Compliance over time: for each bucket the time in it, and the durations of the incidents that were resolved in it.
 */
export function complianceTrend(
  segments: readonly Segment[],
  incidents: readonly Pick<Incident, 'openedAt' | 'resolvedAt'>[],
  { buckets, range }: { buckets: Buckets; range: Range },
): TrendPoint[] {
  const pieces = buckets.starts.map((): Segment[] => []);
  for (const segment of segments) {
    const last = buckets.indexOf(segment.to - 1);
    for (let i = buckets.indexOf(segment.from); i <= last; i++) {
      const from = Math.max(segment.from, buckets.starts[i] ?? range.from);
      const to = Math.min(segment.to, buckets.starts[i + 1] ?? range.to);
      pieces[i]?.push({ ...segment, from, to });
    }
  }
  const resolved = buckets.starts.map((): Pick<Incident, 'openedAt' | 'resolvedAt'>[] => []);
  for (const incident of incidents) {
    const { resolvedAt } = incident;
    if (resolvedAt === undefined || resolvedAt < range.from || resolvedAt >= range.to) continue;
    resolved[buckets.indexOf(resolvedAt)]?.push(incident);
  }
  return buckets.starts.map((time, i) => ({
    time,
    compliance: complianceOf(pieces[i] ?? [], resolved[i] ?? []),
  }));
}

import { compareTargets, type Target } from '../target.ts';
import type { Segment } from './timeline.ts';

interface TargetSegments {
  readonly target: Target;
  readonly segments: readonly Pick<Segment, 'state' | 'from' | 'to'>[];
}

/**
 * At most `count` targets that were worst over a range, sorted by name. Those that had drifted for longest count first,
 * then those of which nothing was known for longest. All targets if there are no more.
 */
export function worstTargets<T extends TargetSegments>(targets: readonly T[], count: number): T[] {
  if (targets.length <= count) return [...targets];
  return targets
    .map((one) => ({ one, ...badTimeOf(one) }))
    .sort(
      (a, b) =>
        b.driftedMs - a.driftedMs ||
        b.notKnownMs - a.notKnownMs ||
        compareTargets(a.one.target, b.one.target),
    )
    .slice(0, count)
    .map(({ one }) => one)
    .sort((a, b) => compareTargets(a.target, b.target));
}

function badTimeOf({ segments }: TargetSegments) {
  let [driftedMs, notKnownMs] = [0, 0];
  for (const { state, from, to } of segments) {
    if (state === 'OUT_OF_SYNC') driftedMs += to - from;
    else if (state !== 'SYNCED') notKnownMs += to - from;
  }
  return { driftedMs, notKnownMs };
}

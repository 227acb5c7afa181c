import { FLAPS_WITHIN_MS, flaps } from '../../domain/flapping.ts';
import { groupBy } from '../../domain/group-by.ts';
import type { Range } from '../../domain/instant.ts';
import { complianceOf } from '../../domain/questions/compliance.ts';
import { rangeOf } from '../../domain/questions/range.ts';
import type { HistoryReader, TargetFilter } from '../../domain/questions/reader.ts';
import { worstSpans } from '../../domain/questions/state-span.ts';
import { type Segment, segmentsOf } from '../../domain/questions/timeline.ts';
import { type Target, targetKey } from '../../domain/target.ts';
import type { TargetPast } from '../views/fleet-view.ts';
import type { Strip } from '../views/strip.tsx';

/** A quarter of an hour each: a strip of this width cannot show more. */
const STRIP_SLOTS = 97;

/** The day before an instant, and whether a target flapped then. It reads only the history of these targets. */
export async function pastOf(
  reader: Pick<HistoryReader, 'periods' | 'incidents'>,
  targets: readonly Target[],
  at: number,
): Promise<(target: Target) => TargetPast> {
  const day = rangeOf({}, at);
  const week = { from: at - FLAPS_WITHIN_MS, to: at + 1 };
  const [periods, incidents] = await Promise.all([
    eachRepo(targets, (filter) => reader.periods(filter, day)),
    eachRepo(targets, (filter) => reader.incidents(filter, week)),
  ]);
  const segments = new Map(periods.map((one) => [targetKey(one.target), segmentsOf(one, day)]));
  const opened = groupBy(
    incidents.filter(({ openedAt }) => openedAt >= week.from),
    ({ target }) => targetKey(target),
  );
  return (target) => {
    const times = opened.get(targetKey(target))?.length ?? 0;
    return {
      strip: stripOf(segments.get(targetKey(target)) ?? [], day),
      flaps: flaps(times) ? times : undefined,
    };
  };
}

/** Repo by repo: a filter of repos and servers would select every combination. */
async function eachRepo<T>(
  targets: readonly Target[],
  read: (filter: TargetFilter) => Promise<readonly T[]>,
): Promise<T[]> {
  const byRepo = [...groupBy(targets, ({ repo }) => repo)];
  const answers = await Promise.all(
    byRepo.map(([repo, ofRepo]) => read({ repos: [repo], servers: ofRepo.map(({ server }) => server) })),
  );
  return answers.flat();
}

function stripOf(segments: readonly Segment[], range: Range): Strip {
  return {
    range,
    spans: worstSpans(segments, { range, slots: STRIP_SLOTS }, ({ state }) => state),
    ms: complianceOf(segments, []).ms,
  };
}

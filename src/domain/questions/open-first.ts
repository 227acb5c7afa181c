import type { Range } from '../instant.ts';
import type { HistoryReader, IncidentPart, TargetFilter, TargetIncident } from './reader.ts';

interface Asked {
  readonly range: Range;
  readonly now: number;
  readonly part: IncidentPart;
}

/**
 * The incidents that overlap a range: open ones first, then the newest. Otherwise the limit would cut off an old one
 * that is still open.
 */
export async function incidentsOpenFirst(
  reader: HistoryReader,
  filter: TargetFilter,
  { range, now, part }: Asked,
): Promise<TargetIncident[]> {
  // What overlaps this moment is open.
  const [overlapping, newest] = await Promise.all([
    reader.incidents(filter, { from: now, to: now + 1 }, part),
    reader.incidents(filter, range, part),
  ]);
  const open = overlapping.filter(
    ({ openedAt, resolvedAt }) => resolvedAt === undefined && openedAt < range.to,
  );
  const known = new Set(open.map(({ id }) => id));
  return [...open, ...newest.filter(({ id }) => !known.has(id))].slice(0, part.limit);
}

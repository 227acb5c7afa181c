import { fileDrifts, filesOf } from '../../domain/file-drift.ts';
import { groupBy } from '../../domain/group-by.ts';
import type { Range } from '../../domain/instant.ts';
import { targetKey } from '../../domain/target.ts';
import type { FileView } from '../../render/page/file-page.tsx';
import { SPAN_MS, type Span } from '../../render/page/range-nav.tsx';
import type { Queries, TargetIncident } from '../../store/queries.ts';
import { factRangeOf, rangeOf } from '../schemas/query.ts';
import { type TargetHistory, targetHistories } from '../target-histories.ts';
import { toIncidentView } from './target-row.ts';

const INCIDENTS = 100;

export async function fileView(
  store: Queries,
  { name, range: span }: { name: string; range: Span },
  now: number,
): Promise<FileView> {
  const from = now - SPAN_MS[span];
  const range = rangeOf({ from }, now);
  const possible = (await store.incidents({}, factRangeOf({ from }, now))).filter(
    ({ files }) => files.isCut || files.names.includes(name),
  );
  const histories = await historiesOf(store, possible, { range, now });
  const periods = new Map(histories.map((history) => [targetKey(history.target), history.periods]));
  const incidents = possible.filter((incident) =>
    filesOf(incident, periods.get(targetKey(incident.target)) ?? []).has(name),
  );
  const drifts = histories
    .flatMap((history) => driftsOf(history, { name, range }))
    .sort((a, b) => Number(b.open) - Number(a.open) || b.driftedMs - a.driftedMs);
  return {
    name,
    span,
    drifts,
    incidents: incidents.slice(0, INCIDENTS).map((incident) => toIncidentView(incident, now)),
    matching: incidents.length,
  };
}

/** Of the targets that these incidents are about: whatever drifts is part of one, so no other has to be read. */
async function historiesOf(
  store: Queries,
  incidents: readonly TargetIncident[],
  { range, now }: { range: Range; now: number },
): Promise<TargetHistory[]> {
  const byRepo = groupBy(incidents, ({ target }) => target.repo);
  const histories = await Promise.all(
    [...byRepo].map(([repo, ofRepo]) => {
      const server = [...new Set(ofRepo.map(({ target }) => target.server))];
      return targetHistories(store, { repo: [repo], server }, { range, now, toLatest: true });
    }),
  );
  return histories.flat();
}

function driftsOf(
  history: TargetHistory,
  { name, range }: { name: string; range: Range },
): FileView['drifts'] {
  return fileDrifts([history], range)
    .filter((drift) => drift.name === name)
    .map((drift) => ({ ...drift, target: history.target }));
}

import { fileDrifts } from '../../domain/file-drift.ts';
import { groupBy } from '../../domain/group-by.ts';
import type { FileView } from '../../render/page/file-page.tsx';
import { SPAN_MS, type Span } from '../../render/page/range-nav.tsx';
import type { Store } from '../../store/store.ts';
import { factRangeOf, rangeOf } from '../schemas/query.ts';
import { type TargetHistory, targetHistories } from '../target-histories.ts';
import { toIncidentView } from './standing.ts';

const INCIDENTS = 100;

export async function fileView(
  store: Store,
  { name, range: span }: { name: string; range: Span },
  now: number,
): Promise<FileView> {
  const from = now - SPAN_MS[span];
  const range = rangeOf({ from }, now);
  const incidents = (await store.incidents({}, factRangeOf({ from }, now))).filter(({ files }) =>
    files.includes(name),
  );
  // Whatever drifts is part of an incident: no other target's history has to be read.
  const byRepo = groupBy(incidents, ({ target }) => target.repo);
  const histories = await Promise.all(
    [...byRepo].map(([repo, ofRepo]) => {
      const server = [...new Set(ofRepo.map(({ target }) => target.server))];
      return targetHistories(store, { repo: [repo], server }, { range, now, toLatest: true });
    }),
  );
  const drifts = histories
    .flat()
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

function driftsOf(
  history: TargetHistory,
  { name, range }: { name: string; range: { from: number; to: number } },
): FileView['drifts'] {
  return fileDrifts([history], range)
    .filter((drift) => drift.name === name)
    .map((drift) => ({ ...drift, target: history.target }));
}

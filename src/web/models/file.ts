import { groupBy } from '../../domain/group-by.ts';
import type { Range } from '../../domain/instant.ts';
import { fileDrifts, filesOf } from '../../domain/questions/file-drift.ts';
import { type TargetHistory, targetHistories } from '../../domain/questions/histories.ts';
import { mutedIncidents } from '../../domain/questions/muting.ts';
import { factRangeOf, rangeOf } from '../../domain/questions/range.ts';
import type { HistoryReader, TargetIncident } from '../../domain/questions/reader.ts';
import { targetKey } from '../../domain/target.ts';
import type { FileView } from '../views/file-page.tsx';
import { SPAN_MS, type Span } from '../views/range-nav.tsx';
import { toIncidentView } from './target-row.ts';

const INCIDENTS = 100;

export async function fileView(
  reader: HistoryReader,
  { name, range: span }: { name: string; range: Span },
  now: number,
): Promise<FileView> {
  const from = now - SPAN_MS[span];
  const range = rangeOf({ from }, now);
  const possible = (await reader.incidents({}, factRangeOf({ from }, now))).filter(
    ({ files }) => files.isCut || files.names.includes(name),
  );
  const histories = await historiesOf(reader, possible, { range, now });
  const periods = new Map(histories.map((history) => [targetKey(history.target), history.periods]));
  const incidents = possible.filter((incident) =>
    filesOf(incident, periods.get(targetKey(incident.target)) ?? []).has(name),
  );
  const muteOf = await mutedIncidents(reader, {}, now);
  const drifts = histories
    .flatMap((history) => driftsOf(history, { name, range }))
    .sort((a, b) => Number(b.open) - Number(a.open) || b.driftedMs - a.driftedMs);
  return {
    name,
    span,
    drifts,
    incidents: incidents
      .slice(0, INCIDENTS)
      .map((incident) => toIncidentView(incident, { now, mute: muteOf(incident) })),
    matching: incidents.length,
  };
}

/** Reads only the targets of these incidents: every drift belongs to an incident. */
async function historiesOf(
  reader: HistoryReader,
  incidents: readonly TargetIncident[],
  { range, now }: { range: Range; now: number },
): Promise<TargetHistory[]> {
  const byRepo = groupBy(incidents, ({ target }) => target.repo);
  const histories = await Promise.all(
    [...byRepo].map(([repo, ofRepo]) => {
      const server = [...new Set(ofRepo.map(({ target }) => target.server))];
      return targetHistories(
        reader,
        { filter: { repos: [repo], servers: server } },
        { range, now, toLatest: true },
      );
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

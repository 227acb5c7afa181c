import { complianceOf } from '../../domain/questions/compliance.ts';
import { labelsOf } from '../../domain/questions/label-filter.ts';
import { mutedIncidents } from '../../domain/questions/muting.ts';
import { factRangeOf } from '../../domain/questions/range.ts';
import type { HistoryReader, TargetIncident } from '../../domain/questions/reader.ts';
import { recurrencesOf } from '../../domain/questions/recurrence.ts';
import type { IncidentsView } from '../views/incidents-page.tsx';
import type { IncidentsQuery } from '../views/incidents-query.ts';
import { SPAN_MS } from '../views/range-nav.tsx';
import { pageOf } from './paginate.ts';
import { matchesSearch, toIncidentView } from './target-row.ts';

const PAGE_SIZE = 100;
const RECURRENCES = 10;

export async function incidentsView(
  reader: HistoryReader,
  { page, ...query }: IncidentsQuery & { page: number },
  now: number,
): Promise<IncidentsView> {
  const [statuses, muteOf, all] = await Promise.all([
    reader.summaries({}),
    mutedIncidents(reader, {}, now),
    reader.incidents(
      {
        ...(query.repo && { repos: query.repo }),
        ...(query.server && { servers: query.server }),
        ...(query.label && { labels: query.label }),
      },
      factRangeOf({ from: now - SPAN_MS[query.range] }, now),
    ),
  ]);
  const found = all.filter(
    (incident) =>
      isMeant(incident, query) &&
      (query.muted === undefined || (muteOf(incident) !== undefined) === query.muted),
  );
  const open = found.filter(isOpen);
  const shown = pageOf([...open, ...found.filter((incident) => !isOpen(incident))], {
    page,
    size: PAGE_SIZE,
  });
  return {
    query,
    repos: [...new Set(statuses.map(({ target }) => target.repo))],
    labels: labelsOf(statuses),
    rows: shown.items.map((incident) => toIncidentView(incident, { now, mute: muteOf(incident) })),
    matching: found.length,
    open: open.length,
    page: shown.page,
    pages: shown.pages,
    toResolve: complianceOf([], found),
    recurrences: recurrencesOf(found).slice(0, RECURRENCES),
  };
}

function isMeant(incident: TargetIncident, { q, status, cause }: IncidentsQuery): boolean {
  if (status !== undefined && isOpen(incident) !== (status === 'open')) return false;
  if (cause !== undefined && (incident.cause ?? 'unknown') !== cause) return false;
  return matchesSearch(q, { ...incident.target, files: incident.files.names });
}

function isOpen({ resolvedAt }: TargetIncident): boolean {
  return resolvedAt === undefined;
}

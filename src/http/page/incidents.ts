import { complianceOf } from '../../domain/compliance.ts';
import { recurrencesOf } from '../../domain/recurrence.ts';
import type { IncidentsView } from '../../render/page/incidents-page.tsx';
import type { IncidentsQuery } from '../../render/page/incidents-query.ts';
import { SPAN_MS } from '../../render/page/range-nav.tsx';
import type { Queries, TargetIncident } from '../../store/queries.ts';
import { factRangeOf, targetFilter } from '../schemas/query.ts';
import { pageOf } from './slice.ts';
import { matchesSearch, toIncidentView } from './target-row.ts';

const PAGE_SIZE = 100;
const RECURRENCES = 10;

export async function incidentsView(
  store: Queries,
  { page, ...query }: IncidentsQuery & { page: number },
  now: number,
): Promise<IncidentsView> {
  const [known, all] = await Promise.all([
    store.statuses({}),
    store.incidents(
      targetFilter({ repo: query.repo && [...query.repo], server: query.server && [...query.server] }),
      factRangeOf({ from: now - SPAN_MS[query.range] }, now),
    ),
  ]);
  const found = all.filter((incident) => isMeant(incident, query));
  const open = found.filter(isOpen);
  const shown = pageOf([...open, ...found.filter((incident) => !isOpen(incident))], {
    page,
    size: PAGE_SIZE,
  });
  return {
    query,
    repos: [...new Set(known.map(({ target }) => target.repo))],
    rows: shown.items.map((incident) => toIncidentView(incident, now)),
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

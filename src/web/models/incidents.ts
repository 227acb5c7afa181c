import { groupBy } from '../../domain/group-by.ts';
import type { Range } from '../../domain/instant.ts';
import { complianceOf } from '../../domain/questions/compliance.ts';
import { flappingTargets, incidentLines } from '../../domain/questions/incident-lines.ts';
import { labelsOf } from '../../domain/questions/label-filter.ts';
import { mutedIncidents } from '../../domain/questions/muting.ts';
import { factRangeOf } from '../../domain/questions/range.ts';
import type { HistoryReader, TargetFilter, TargetIncident } from '../../domain/questions/reader.ts';
import { compareTargets, targetKey } from '../../domain/target.ts';
import { type IncidentsQuery, isFiltered } from '../views/incidents-query.ts';
import type { IncidentsView } from '../views/incidents-view.ts';
import { SPAN_MS } from '../views/range-nav.tsx';
import { LINE_DAYS, toLineRow } from './line-row.ts';
import { pageOf } from './paginate.ts';
import { matchesSearch, toIncidentView } from './target-row.ts';

const PAGE_SIZE = 20;
const DAY_MS = 86_400_000;

interface Asked {
  readonly now: number;
  readonly publicUrl: string;
}

export async function incidentsView(
  reader: HistoryReader,
  { page, ...query }: IncidentsQuery & { page: number },
  { now, publicUrl }: Asked,
): Promise<IncidentsView> {
  const range = rangeAskedBy(query, now);
  // Lines also show the days before the range.
  const read = { ...range, from: Math.min(range.from, range.to - LINE_DAYS * DAY_MS) };
  const [statuses, muteOf, ofDays] = await Promise.all([
    reader.summaries({}),
    mutedIncidents(reader, {}, now),
    reader.incidents(filterOf(query), read),
  ]);
  const known = ofDays.filter(
    (incident) =>
      isMeant(incident, query) &&
      (query.muted === undefined || (muteOf(incident) !== undefined) === query.muted),
  );
  const found = known.filter((incident) => overlaps(incident, range));
  const lines = incidentLines(found);
  const paged = { page, size: PAGE_SIZE };
  const at = Math.min(range.to, now);
  const toRow = (incident: TargetIncident) => toIncidentView(incident, { now, mute: muteOf(incident) });
  const openFirst = [...found.filter(isOpen), ...found.filter((incident) => !isOpen(incident))];
  const { items: incidents, ...ofIncidents } = pageOf(openFirst, paged);
  const { items: shownLines, ...ofLines } = pageOf(lines, paged);
  const flapping = flappingTargets(ofDays, at);
  return {
    query,
    range,
    repos: [...new Set(statuses.map(({ target }) => target.repo))],
    labels: labelsOf(statuses),
    targets: statuses.length,
    openInFleet: statuses.filter(({ incident }) => incident !== undefined).length,
    shown: query.each
      ? { by: 'incident', rows: incidents.map(toRow) }
      : { by: 'line', rows: shownLines.map((line) => toLineRow(line, { known, flapping, at, toRow })) },
    ...(query.each ? ofIncidents : ofLines),
    lines: lines.length,
    matching: found.length,
    open: found.filter(isOpen).length,
    medianTimeToResolveMs: complianceOf([], found).medianTimeToResolveMs,
    byCause: countCauses(found),
    most: mostOf(found),
    lastResolvedAt: found.length > 0 || isFiltered(query) ? undefined : await lastResolvedAt(reader, range),
    publicUrl,
  };
}

function rangeAskedBy({ range, from, to }: IncidentsQuery, now: number): Range {
  const end = Math.min(to ?? now, now);
  return factRangeOf({ from: from ?? end - SPAN_MS[range], to }, now);
}

function filterOf({ repo, server, label }: IncidentsQuery): TargetFilter {
  return {
    ...(repo && { repos: repo }),
    ...(server && { servers: server }),
    ...(label && { labels: label }),
  };
}

function isMeant(incident: TargetIncident, { q, status, cause }: IncidentsQuery): boolean {
  if (status !== undefined && isOpen(incident) !== (status === 'open')) return false;
  if (cause !== undefined && (incident.cause ?? 'unknown') !== cause) return false;
  return matchesSearch(q, { ...incident.target, files: incident.files.names });
}

/** In the reader's form. */
function overlaps({ openedAt, resolvedAt }: TargetIncident, { from, to }: Range): boolean {
  return openedAt < to && (resolvedAt === undefined || resolvedAt > from || openedAt >= from);
}

function countCauses(incidents: readonly TargetIncident[]): IncidentsView['byCause'] {
  const counts = { host_changed: 0, commit_not_applied: 0, unknown: 0 };
  for (const { cause } of incidents) counts[cause ?? 'unknown'] += 1;
  return counts;
}

/** If several have equally many, the first by name. */
function mostOf(incidents: readonly TargetIncident[]): IncidentsView['most'] {
  const [most] = [...groupBy(incidents, ({ target }) => targetKey(target)).values()]
    .flatMap((group) => (group[0] === undefined ? [] : [{ target: group[0].target, count: group.length }]))
    .sort((a, b) => b.count - a.count || compareTargets(a.target, b.target));
  return most && { target: most.target, share: most.count / incidents.length };
}

async function lastResolvedAt(reader: HistoryReader, { from }: Range): Promise<number | undefined> {
  const [last] = await reader.incidents({}, { from: 0, to: from }, { limit: 1 });
  return last?.resolvedAt;
}

function isOpen({ resolvedAt }: TargetIncident): boolean {
  return resolvedAt === undefined;
}

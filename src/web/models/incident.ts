import { DomainError } from '../../domain/errors.ts';
import { lastDriftOf } from '../../domain/questions/incident-story.ts';
import { mutedIncidents } from '../../domain/questions/muting.ts';
import { rangeOf } from '../../domain/questions/range.ts';
import type { HistoryReader, TargetIncident } from '../../domain/questions/reader.ts';
import { sameFilesAs } from '../../domain/questions/same-files.ts';
import { segmentsOf } from '../../domain/questions/timeline.ts';
import { targetKey } from '../../domain/target.ts';
import type { IncidentView, LikeIt } from '../views/incident-view.ts';
import { lanesOf } from './lanes.ts';
import { pageOf } from './paginate.ts';
import { type StoryReader, storyOf } from './story.ts';
import { toIncidentView, toTargetRow } from './target-row.ts';

const HOUR_MS = 3_600_000;
/** The picture begins this long before an incident, and ends this long after it. */
const BEFORE_MS = 3 * HOUR_MS;
const AFTER_MS = HOUR_MS;
/** How far back the same files are looked for, and in how many incidents at most. */
const LIKE_IT_MS = 30 * 24 * HOUR_MS;
const MOST_READ = 1000;
const MOST_LIKE_IT = 5;
const PAGE_SIZE = 20;

/** Throws `not_found` if there is no such incident, or its target is deleted. */
export async function incidentView(
  reader: HistoryReader & StoryReader,
  { id, page }: { id: number; page: number },
  now: number,
): Promise<IncidentView> {
  const incident = await reader.incident(id);
  if (incident === undefined) throw notFound(id);
  const { openedAt, resolvedAt, target } = incident;
  const filter = { repos: [target.repo], servers: [target.server] };
  const end = resolvedAt === undefined ? now : resolvedAt + AFTER_MS;
  const range = rangeOf({ from: openedAt - BEFORE_MS, to: end }, now);
  const [[status], [history], muteOf, likeIt] = await Promise.all([
    reader.statuses(filter),
    reader.periods(filter, range),
    mutedIncidents(reader, filter, now),
    likeItIn(reader, incident, end),
  ]);
  if (status === undefined) throw notFound(id);
  const tracked = history ?? { declaredAt: undefined, periods: [] };
  const story = await storyOf(reader, { incident, filter, tracked, range });
  const last = lastDriftOf(tracked.periods, incident);
  const mute = muteOf(incident);
  return {
    incident: toIncidentView(incident, { now, mute }),
    target: toTargetRow(status, { now, mute }),
    lanes: lanesOf(segmentsOf(tracked, range), range),
    lastDrift: last && { finding: last.finding, checkedAt: last.lastCheckedAt },
    story: pageOf(story, { page, size: PAGE_SIZE }),
    entries: story.length,
    ...likeIt,
  };
}

function notFound(id: number): DomainError {
  return new DomainError('not_found', `There is no incident ${id}.`);
}

/** The incidents with the same files: of this target before it, and of others of its repo. */
async function likeItIn(
  reader: HistoryReader,
  incident: TargetIncident,
  end: number,
): Promise<Pick<IncidentView, 'before' | 'elsewhere'>> {
  const range = { from: incident.openedAt - LIKE_IT_MS, to: end };
  const ofRepo = await reader.incidents({ repos: [incident.target.repo] }, range, { limit: MOST_READ });
  const hasSameFiles = sameFilesAs(incident);
  const alike = ofRepo.filter((one) => one.id !== incident.id && hasSameFiles(one));
  const isHere = ({ target }: TargetIncident) => targetKey(target) === targetKey(incident.target);
  return {
    before: firstOf(alike.filter((one) => isHere(one) && one.openedAt < incident.openedAt)),
    elsewhere: firstOf(alike.filter((one) => !isHere(one))),
  };
}

function firstOf(incidents: readonly TargetIncident[]): LikeIt {
  return { rows: incidents.slice(0, MOST_LIKE_IT), more: Math.max(0, incidents.length - MOST_LIKE_IT) };
}

import type { RecordedAction } from '../../domain/action.ts';
import type { Range } from '../../domain/instant.ts';
import { type Happening, incidentStory } from '../../domain/questions/incident-story.ts';
import type {
  HistoryReader,
  TargetFilter,
  TargetIncident,
  TargetPeriods,
} from '../../domain/questions/reader.ts';
import type { Report } from '../../domain/report.ts';
import type { StoryEntry } from '../views/incident-view.ts';

const MOST_ACTIONS = 1000;
/** The most checks that could not tell. If there are more, the oldest have no reason here. */
const MOST_ERRORS = 100;

export interface StoryReader extends Pick<HistoryReader, 'reports' | 'toldAbout'> {
  actions(
    filter: TargetFilter,
    range: Range,
    options: { readonly limit?: number | undefined },
  ): Promise<readonly RecordedAction[]>;
}

interface Told {
  readonly incident: TargetIncident;
  /** Only its target. */
  readonly filter: TargetFilter;
  readonly tracked: Pick<TargetPeriods, 'declaredAt' | 'periods'>;
  readonly range: Range;
}

/** What happened in an incident, newest first: what checks said, who was told and what people did. */
export async function storyOf(
  reader: StoryReader,
  { incident, filter, tracked, range }: Told,
): Promise<StoryEntry[]> {
  const happened = incidentStory(incident, { tracked, range });
  const mayTell = happened.some(({ kind }) => kind === 'UNKNOWN');
  const [actions, { reports }, told] = await Promise.all([
    // Somebody may have acted until now, and this server's clock may have been turned back since.
    reader.actions(filter, { from: incident.openedAt, to: Number.MAX_SAFE_INTEGER }, { limit: MOST_ACTIONS }),
    mayTell
      ? reader.reports(filter, { range, syncStatuses: ['UNKNOWN'], limit: MOST_ERRORS })
      : { reports: [] },
    // Messages about an incident that is over are closed.
    incident.resolvedAt === undefined ? reader.toldAbout(incident.target) : [],
  ]);
  const entries = [
    ...happened.map((what) => ({ by: 'check' as const, at: what.at, what, error: errorOf(what, reports) })),
    ...actions
      .filter(({ incidentId }) => incidentId === incident.id)
      .map((action) => ({ by: 'person' as const, at: action.recordedAt, action })),
    ...told
      .filter(({ condition, toldAt }) => condition === 'drift' && toldAt >= incident.openedAt)
      .map(({ channel, toldAt: at }) => ({ by: 'channel' as const, at, channel })),
  ];
  return entries.sort((a, b) => b.at - a.at);
}

/** The error of the first check that could not tell. */
function errorOf(what: Happening, newestFirst: readonly Report[]): string | undefined {
  if (what.kind !== 'UNKNOWN') return undefined;
  const { at, until = Number.POSITIVE_INFINITY } = what;
  return newestFirst.findLast(({ checkedAt }) => checkedAt >= at && checkedAt < until)?.error;
}

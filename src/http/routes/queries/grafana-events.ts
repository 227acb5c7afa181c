import { OpenAPIHono, z } from '@hono/zod-openapi';
import type { FileList } from '../../../domain/file-list.ts';
import { type CommitChange, commitChangesIn } from '../../../domain/questions/commit-change.ts';
import { selectedTargets } from '../../../domain/questions/histories.ts';
import { incidentsOpenFirst } from '../../../domain/questions/open-first.ts';
import { factRangeOf, rangeOf } from '../../../domain/questions/range.ts';
import type { TargetIncident } from '../../../domain/questions/reader.ts';
import { shownNames } from '../../../domain/shown.ts';
import { incidentMuting } from '../../muting.ts';
import { rowsOf } from '../../rows-json.ts';
import { grafanaAnnotationRow, grafanaIncidentRow, toGrafanaIncidentRow } from '../../schemas/grafana.ts';
import {
  filterParams,
  mutedParam,
  rangeAsked,
  rangeParams,
  selectionOf,
  targetFilter,
} from '../../schemas/query.ts';
import type { SharedDeps } from '../../shared-histories.ts';
import { answerRows, listRoute } from './list.ts';

const SORTS = ['newest', 'open'] as const;
const KINDS = ['incident', 'deploy'] as const;

const query = { ...filterParams, ...rangeParams };

const incidents = listRoute({
  path: '/grafana/incidents',
  operationId: 'listGrafanaIncidents',
  summary: 'For a table: incidents that overlap the range, newest first',
  query: {
    ...query,
    ...mutedParam,
    sort: z
      .enum(SORTS, `must be one of ${SORTS.join(', ')}`)
      .default('newest')
      .openapi({
        title: 'IncidentSort',
        description: 'The newest first, or the open ones before all others.',
      }),
  },
  row: grafanaIncidentRow,
});

const annotations = listRoute({
  path: '/grafana/annotations',
  operationId: 'listGrafanaAnnotations',
  summary: 'For annotations: incidents, and the first check on each new commit',
  description: 'An open incident has the current time as its end, so that it is drawn as a region.',
  query: {
    ...query,
    kind: z
      .enum(KINDS, `must be one of ${KINDS.join(', ')}`)
      .optional()
      .openapi({ title: 'AnnotationKind', description: 'Only these; both by default.' }),
  },
  row: grafanaAnnotationRow,
});

export function grafanaEventRoutes({ store, histories, clock }: SharedDeps) {
  return new OpenAPIHono()
    .openapi(incidents, async (c) => {
      const query = c.req.valid('query');
      const now = clock();
      const isWanted = await selectedTargets(store, selectionOf(query), now);
      const { limit } = query;
      const range = factRangeOf(rangeAsked(query, now), now);
      const { muteOf, isWantedId } = await incidentMuting(store, query, now);
      const part = { limit, isWanted, isWantedId };
      const found =
        query.sort === 'open'
          ? await incidentsOpenFirst(store, targetFilter(query), { range, now, part })
          : await store.incidents(targetFilter(query), range, part);
      const rows = rowsOf(found, (incident) =>
        toGrafanaIncidentRow(incident, { now, mute: muteOf(incident) }),
      );
      return answerRows(c, rows, { row: grafanaIncidentRow, forPanels: true, ...query, readUpTo: limit });
    })
    .openapi(annotations, async (c) => {
      const query = c.req.valid('query');
      const now = clock();
      const range = rangeOf(rangeAsked(query, now), now);
      const selection = selectionOf(query);
      const isWanted = await selectedTargets(store, selection, now);
      const incidents =
        query.kind === 'deploy' ? [] : await store.incidents(selection.filter, range, { isWanted });
      const deployed = query.kind === 'incident' ? [] : await histories.segmented(selection, { range, now });
      const rows = [
        ...incidents.map((incident) => incidentAnnotation(incident, { now, isRaw: query.raw === 'true' })),
        ...commitChangesIn(deployed, range).map(commitAnnotation),
      ].sort((a, b) => a.time - b.time);
      // In order of time; if there are too many, the newest.
      const shown = rows.slice(-(query.limit ?? rows.length));
      return answerRows(c, shown, { row: grafanaAnnotationRow, forPanels: true, ...query });
    });
}

type Annotation = z.infer<typeof grafanaAnnotationRow>;

function incidentAnnotation(
  { target, cause, files, maxDriftCount, ...incident }: TargetIncident,
  { now, isRaw }: { now: number; isRaw: boolean },
): Annotation {
  return {
    time: incident.openedAt,
    // Without an end Grafana draws a point, as if it were over.
    timeEnd: incident.resolvedAt ?? Math.max(now, incident.openedAt),
    title: `${target.repo} drifted on ${target.server}`,
    text: filesInWords(files, maxDriftCount, isRaw),
    tags: ['incident', ...(cause === undefined ? [] : [cause])].join(','),
  };
}

function filesInWords({ names, isCut }: FileList, count: number | undefined, isRaw: boolean): string {
  if (names.length === 0) return count === undefined ? 'no file named' : `${count} files, not named`;
  return `${isRaw ? names.join(', ') : shownNames(names, ',')}${isCut ? ' and more' : ''}`;
}

function commitAnnotation({ repo, server, commit, at }: CommitChange): Annotation {
  return {
    time: at,
    timeEnd: null,
    title: `${repo} moved to ${commit.slice(0, 12)}`,
    text: `first checked on ${server}: ${commit}`,
    tags: 'deploy',
  };
}

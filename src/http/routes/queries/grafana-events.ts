import { OpenAPIHono, type z } from '@hono/zod-openapi';
import type { FileList } from '../../../domain/file-list.ts';
import { type CommitChange, commitChangesIn } from '../../../domain/questions/commit-change.ts';
import { selectedTargets, targetHistories } from '../../../domain/questions/histories.ts';
import { factRangeOf, rangeOf } from '../../../domain/questions/range.ts';
import type { TargetIncident } from '../../../domain/questions/reader.ts';
import { shownNames } from '../../../domain/shown.ts';
import type { QueryDeps } from '../../deps.ts';
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
import { answerRows, listRoute } from './list.ts';

const query = { ...filterParams, ...rangeParams };

const incidents = listRoute({
  path: '/grafana/incidents',
  operationId: 'getGrafanaIncidents',
  summary: 'For a table: incidents that overlap the range, newest first',
  query: { ...query, ...mutedParam },
  row: grafanaIncidentRow,
});

const annotations = listRoute({
  path: '/grafana/annotations',
  operationId: 'getGrafanaAnnotations',
  summary: 'For annotations: incidents, and the first check on each new commit',
  query,
  row: grafanaAnnotationRow,
});

export function grafanaEventRoutes({ store, clock }: Pick<QueryDeps, 'store' | 'clock'>) {
  return new OpenAPIHono()
    .openapi(incidents, async (c) => {
      const query = c.req.valid('query');
      const now = clock();
      const isWanted = await selectedTargets(store, selectionOf(query), now);
      const { limit } = query;
      const range = factRangeOf(rangeAsked(query, now), now);
      const { muteOf, isWantedId } = await incidentMuting(store, query, now);
      const found = await store.incidents(targetFilter(query), range, { limit, isWanted, isWantedId });
      const rows = rowsOf(found, (incident) =>
        toGrafanaIncidentRow(incident, { now, mute: muteOf(incident) }),
      );
      return answerRows(c, rows, { row: grafanaIncidentRow, forPanels: true, ...query, readUpTo: limit });
    })
    .openapi(annotations, async (c) => {
      const query = c.req.valid('query');
      const now = clock();
      const range = rangeOf(rangeAsked(query, now), now);
      const histories = await targetHistories(store, selectionOf(query), { range, now });
      const rows = [
        ...histories.flatMap((history) =>
          history.incidents.map((incident) => incidentAnnotation(incident, query.raw === 'true')),
        ),
        ...commitChangesIn(histories, range).map(commitAnnotation),
      ].sort((a, b) => a.time - b.time);
      return answerRows(c, rows, { row: grafanaAnnotationRow, forPanels: true, ...query });
    });
}

type Annotation = z.infer<typeof grafanaAnnotationRow>;

function incidentAnnotation(
  { target, cause, files, maxDriftCount, ...incident }: TargetIncident,
  isRaw: boolean,
): Annotation {
  return {
    time: incident.openedAt,
    timeEnd: incident.resolvedAt ?? null,
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

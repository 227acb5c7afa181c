import { OpenAPIHono, type z } from '@hono/zod-openapi';
import { type Deploy, deploysIn } from '../../domain/deploy.ts';
import { fileDrifts } from '../../domain/file-drift.ts';
import type { StoredIncident } from '../../store/store.ts';
import { complianceRows, groupByParam } from '../compliance-rows.ts';
import type { HttpDeps } from '../deps.ts';
import { grafanaAnnotationRow, grafanaIncidentRow, toGrafanaIncidentRow } from '../schemas/grafana.ts';
import { complianceRow, fileRow, toFileRow } from '../schemas/history.ts';
import { factRangeOf, filterParams, rangeOf, rangeParams, targetFilter } from '../schemas/query.ts';
import { targetHistories, wantedTargets } from '../target-histories.ts';
import { answerRows, listRoute } from './list.ts';

const query = { ...filterParams, ...rangeParams };

const incidents = listRoute({
  path: '/grafana/incidents',
  operationId: 'getGrafanaIncidents',
  summary: 'For a table: incidents that overlap the range, newest first',
  query,
  row: grafanaIncidentRow,
});

const files = listRoute({
  path: '/grafana/files',
  operationId: 'getGrafanaFiles',
  summary: 'For a bar gauge: which files drift most, longest first',
  query,
  row: fileRow,
});

const compliance = listRoute({
  path: '/grafana/compliance',
  operationId: 'getGrafanaCompliance',
  summary: 'For a table or bar gauge: how well targets kept in sync',
  query: { ...query, group_by: groupByParam },
  row: complianceRow,
});

const annotations = listRoute({
  path: '/grafana/annotations',
  operationId: 'getGrafanaAnnotations',
  summary: 'For annotations: incidents, and the first check on each new commit',
  query,
  row: grafanaAnnotationRow,
});

export function grafanaListRoutes({ store, clock }: Pick<HttpDeps, 'store' | 'clock'>) {
  return new OpenAPIHono()
    .openapi(incidents, async (c) => {
      const query = c.req.valid('query');
      const now = clock();
      const isWanted = await wantedTargets(store, query, now);
      const found = await store.incidents(targetFilter(query), factRangeOf(query, now));
      const rows = found.filter(isWanted).map((incident) => toGrafanaIncidentRow(incident, now));
      return answerRows(c, rows, { row: grafanaIncidentRow, ...query });
    })
    .openapi(files, async (c) => {
      const query = c.req.valid('query');
      const now = clock();
      const range = rangeOf(query, now);
      const drifts = fileDrifts(await targetHistories(store, query, { range, now }), range);
      return answerRows(c, drifts.map(toFileRow), { row: fileRow, ...query });
    })
    .openapi(compliance, async (c) => {
      const query = c.req.valid('query');
      const now = clock();
      const range = rangeOf(query, now);
      const histories = await targetHistories(store, query, { range, now });
      const rows = complianceRows(histories, { range, groupBy: query.group_by });
      return answerRows(c, rows, { row: complianceRow, ...query });
    })
    .openapi(annotations, async (c) => {
      const query = c.req.valid('query');
      const now = clock();
      const range = rangeOf(query, now);
      const histories = await targetHistories(store, query, { range, now });
      const rows = [
        ...histories.flatMap((history) => history.incidents.map(incidentAnnotation)),
        ...deploysIn(histories, range).map(deployAnnotation),
      ].sort((a, b) => a.time - b.time);
      return answerRows(c, rows, { row: grafanaAnnotationRow, ...query });
    });
}

type Annotation = z.infer<typeof grafanaAnnotationRow>;

function incidentAnnotation({ target, cause, files, ...incident }: StoredIncident): Annotation {
  return {
    time: incident.openedAt,
    timeEnd: incident.resolvedAt ?? null,
    title: `${target.repo} drifted on ${target.server}`,
    text: files.length === 0 ? `${incident.maxDriftCount} differences` : files.join(', '),
    tags: ['incident', ...(cause === undefined ? [] : [cause])].join(','),
  };
}

function deployAnnotation({ repo, server, commit, at }: Deploy): Annotation {
  return {
    time: at,
    timeEnd: null,
    title: `${repo} moved to ${commit.slice(0, 12)}`,
    text: `first checked on ${server}: ${commit}`,
    tags: 'deploy',
  };
}

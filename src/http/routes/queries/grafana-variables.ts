import { OpenAPIHono, type z } from '@hono/zod-openapi';
import { labelsOf } from '../../../domain/questions/label-filter.ts';
import { grafanaVariableRow } from '../../schemas/grafana.ts';
import { worstParam } from '../../schemas/points.ts';
import { filterParams, selectionOf } from '../../schemas/query.ts';
import type { SharedDeps } from '../../shared-histories.ts';
import { answerRows, listRoute } from './list.ts';

const repos = listRoute({
  path: '/grafana/variables/repos',
  operationId: 'listGrafanaRepos',
  summary: 'For a template variable: the repos',
  query: filterParams,
  row: grafanaVariableRow,
});

const servers = listRoute({
  path: '/grafana/variables/servers',
  operationId: 'listGrafanaServers',
  summary: 'For a template variable: the servers',
  query: filterParams,
  row: grafanaVariableRow,
});

const labels = listRoute({
  path: '/grafana/variables/labels',
  operationId: 'listGrafanaLabels',
  summary: 'For a template variable: the labels of targets, each as `key:value`',
  query: filterParams,
  row: grafanaVariableRow,
});

const worst = listRoute({
  path: '/grafana/variables/worst',
  operationId: 'listGrafanaWorst',
  summary: 'For a template variable in a title: how many of how many targets a timeline of the worst shows',
  query: { ...filterParams, ...worstParam },
  row: grafanaVariableRow,
});

export function grafanaVariableRoutes({ histories, clock }: Pick<SharedDeps, 'histories' | 'clock'>) {
  return new OpenAPIHono()
    .openapi(repos, async (c) => {
      const query = c.req.valid('query');
      const statuses = await histories.summaries(selectionOf(query), clock());
      return answerRows(c, optionsOf(statuses.map(({ status }) => status.target.repo)), {
        row: grafanaVariableRow,
        ...query,
      });
    })
    .openapi(servers, async (c) => {
      const query = c.req.valid('query');
      const statuses = await histories.summaries(selectionOf(query), clock());
      return answerRows(c, optionsOf(statuses.map(({ status }) => status.target.server)), {
        row: grafanaVariableRow,
        ...query,
      });
    })
    .openapi(labels, async (c) => {
      const query = c.req.valid('query');
      const statuses = await histories.summaries(selectionOf(query), clock());
      return answerRows(c, optionsOf(labelsOf(statuses.map(({ status }) => status))), {
        row: grafanaVariableRow,
        ...query,
      });
    })
    .openapi(worst, async (c) => {
      const query = c.req.valid('query');
      const { length } = await histories.summaries(selectionOf(query), clock());
      const text = shownOf(length, query.worst ?? Number.POSITIVE_INFINITY);
      return answerRows(c, [{ text, value: text }], { row: grafanaVariableRow, ...query });
    });
}

function shownOf(targets: number, most: number): string {
  return targets > most ? `the ${most} worst of ${targets}` : `all ${targets}`;
}

function optionsOf(names: readonly string[]): z.infer<typeof grafanaVariableRow>[] {
  return [...new Set(names)].sort().map((name) => ({ text: name, value: name }));
}

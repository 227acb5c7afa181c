import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { DomainError } from '../../../domain/errors.ts';
import { submitterOf } from '../../auth/caller.ts';
import type { HttpDeps } from '../../deps.ts';
import { problemResponses } from '../../schemas/problem.ts';
import { targetParams } from '../../schemas/query.ts';

const target = z.object({ repo: z.string(), server: z.string() });

const purge = z.enum(['true', 'false'], 'must be true or false').default('false').openapi({
  description: 'Whether its history is removed too, for good; in the background, if it is long.',
});

const deleteTarget = createRoute({
  method: 'delete',
  path: '/api/v1/targets',
  operationId: 'deleteTarget',
  tags: ['Targets'],
  summary: 'Take a decommissioned target out',
  description:
    'From now on it is in no status, metric, open incident or message. Its history stays, and a new report brings it ' +
    'back. With `purge=true` its history goes as well, also that of a target that was deleted before.',
  request: { query: z.strictObject({ ...targetParams, purge }) },
  responses: {
    200: { description: 'Deleted', content: { 'application/json': { schema: target } } },
    ...problemResponses(404, 422, 503),
  },
});

export function targetRoutes({ store }: Pick<HttpDeps, 'store'>) {
  return new OpenAPIHono().openapi(deleteTarget, async (c) => {
    const { repo, server, ...query } = c.req.valid('query');
    const isPurge = query.purge === 'true';
    const { actor } = submitterOf(c.get('caller'));
    if (!(await store.deleteTarget({ repo, server }, { purge: isPurge, actor }))) {
      throw new DomainError('not_found', notFound({ repo, server }, isPurge));
    }
    return c.json({ repo, server }, 200);
  });
}

function notFound({ repo, server }: z.infer<typeof target>, isPurge: boolean): string {
  const what = `There is no target with repo=${repo} and server=${server}`;
  return isPurge ? `${what}.` : `${what}, or it is deleted already. Its history goes with purge=true.`;
}

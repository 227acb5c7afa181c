import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { DomainError } from '../../domain/errors.ts';
import type { HttpDeps } from '../deps.ts';
import { problemResponses } from '../schemas/problem.ts';
import { targetParams } from '../schemas/query.ts';

const target = z.object({ repo: z.string(), server: z.string() });

const forgetTarget = createRoute({
  method: 'delete',
  path: '/api/v1/targets',
  operationId: 'deleteTarget',
  tags: ['Targets'],
  summary: 'Forget a decommissioned target and all its history',
  request: { query: z.strictObject(targetParams) },
  responses: {
    200: { description: 'Forgotten', content: { 'application/json': { schema: target } } },
    ...problemResponses(404, 422, 503),
  },
});

export function targetRoutes({ store }: Pick<HttpDeps, 'store'>) {
  return new OpenAPIHono().openapi(forgetTarget, async (c) => {
    const { repo, server } = c.req.valid('query');
    if (!(await store.forget({ repo, server }))) {
      throw new DomainError('not_found', `There is no target with repo=${repo} and server=${server}.`);
    }
    return c.json({ repo, server }, 200);
  });
}

import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { HttpDeps } from '../../deps.ts';
import { problemResponses } from '../../schemas/problem.ts';
import { sharedProbe } from '../../shared-probe.ts';

const health = z.object({ status: z.literal('ok'), version: z.string() }).openapi('Health');
const content = { 'application/json': { schema: health } };

const describe = <P extends string>(path: P, operationId: string) =>
  createRoute({
    method: 'get',
    path,
    operationId,
    tags: ['Health'],
    summary: 'The process is alive',
    responses: { 200: { description: 'Alive', content } },
  });

const describeReady = <P extends string>(path: P, operationId: string) =>
  createRoute({
    method: 'get',
    path,
    operationId,
    tags: ['Health'],
    summary: 'Reports can be recorded: a write has just reached the disk',
    responses: { 200: { description: 'Ready', content }, ...problemResponses(503) },
  });

export function healthRoutes({ store, clock, version }: Pick<HttpDeps, 'store' | 'clock' | 'version'>) {
  const probe = sharedProbe(() => store.probe(), { clock });
  const app = new OpenAPIHono();
  for (const route of [describe('/healthz', 'getHealthz'), describe('/-/healthy', 'getHealthy')]) {
    app.openapi(route, (c) => c.json({ status: 'ok', version } as const, 200));
  }
  for (const route of [describeReady('/readyz', 'getReadyz'), describeReady('/-/ready', 'getReady')]) {
    app.openapi(route, async (c) => {
      await probe();
      return c.json({ status: 'ok', version } as const, 200);
    });
  }
  return app;
}

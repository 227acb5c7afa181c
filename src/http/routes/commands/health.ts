import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { DomainError } from '../../../domain/errors.ts';
import type { HttpDeps } from '../../deps.ts';
import { problemResponses } from '../../schemas/problem.ts';
import { sharedProbe } from '../../shared-probe.ts';

const answer = z.object({ status: z.literal('ok'), version: z.string() }).openapi('Health');
const content = { 'application/json': { schema: answer } };

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

type Deps = Pick<HttpDeps, 'store' | 'health' | 'clock' | 'version' | 'isStopping'>;

/** OPTIONS is what HAProxy asks with by default. */
export function healthRoutes({ store, health, clock, version, isStopping = () => false }: Deps) {
  const probe = sharedProbe(() => store.probe(), { clock });
  const requireReady = async () => {
    if (isStopping()) throw new DomainError('overloaded', 'The server is about to stop.');
    await probe();
    refuseUnsound(health);
  };
  const app = new OpenAPIHono();
  const well = { status: 'ok', version } as const;
  for (const route of [describe('/healthz', 'checkHealth'), describe('/-/healthy', 'checkHealthy')]) {
    app.openapi(route, (c) => c.json(well, 200));
    app.options(route.path, (c) => c.json(well, 200));
  }
  for (const route of [describeReady('/readyz', 'checkReadiness'), describeReady('/-/ready', 'checkReady')]) {
    app.openapi(route, async (c) => {
      await requireReady();
      return c.json(well, 200);
    });
    app.options(route.path, async (c) => {
      await requireReady();
      return c.json(well, 200);
    });
  }
  return app;
}

/** A server with a damaged or replaced database is not ready, although it can write. */
function refuseUnsound(health: HttpDeps['health']): void {
  const problem = health.problem();
  if (problem !== undefined) throw new DomainError('unsound', problem);
}

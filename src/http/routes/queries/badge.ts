import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { etag } from 'hono/etag';
import { statesHoldUntil } from '../../../domain/target-status.ts';
import { badgeOf, renderBadge } from '../../../web/badge.ts';
import type { QueryDeps } from '../../deps.ts';
import { problemResponses } from '../../schemas/problem.ts';
import { filterParams, targetParams } from '../../schemas/query.ts';

const MAX_AGE_S = 60;

/** https://shields.io/badges/endpoint-badge */
const shieldsBadge = z
  .object({
    schemaVersion: z.literal(1).openapi({ type: 'integer' }),
    label: z.string(),
    message: z.string(),
    color: z.string(),
  })
  .openapi('ShieldsBadge');

/** Users of a badge may add parameters, such as `style` or one against caches: these are ignored. */
const query = z
  .object({
    repo: targetParams.repo.optional().openapi({
      param: { name: 'repo', in: 'query', required: false },
      description: 'Required, unless `label` names the targets.',
    }),
    server: targetParams.server
      .optional()
      .openapi({ param: { name: 'server', in: 'query', required: false } }),
    label: filterParams.label,
  })
  .refine(({ repo, label }) => repo !== undefined || label !== undefined, {
    path: ['repo'],
    message: 'is required, or label=key:value',
  });
type BadgeQuery = z.infer<typeof query>;

const unchanged = { 304: { description: 'Nothing has changed since the ETag in `If-None-Match`' } };

const getBadgeSvg = createRoute({
  method: 'get',
  path: '/badge.svg',
  operationId: 'getBadgeSvg',
  summary: 'The state of a target, or the worst of a repo or of a label, as a picture for a README',
  description: 'For an unknown target the picture says `no such target`, because nobody would see a 404.',
  request: { query },
  responses: {
    200: { description: 'The badge', content: { 'image/svg+xml': { schema: z.string() } } },
    ...unchanged,
    ...problemResponses(422),
  },
});

const getBadgeJson = createRoute({
  method: 'get',
  path: '/badge.json',
  operationId: 'getBadgeJson',
  summary: 'The same for shields.io: a badge endpoint',
  request: { query },
  responses: {
    200: { description: 'The badge', content: { 'application/json': { schema: shieldsBadge } } },
    ...unchanged,
    ...problemResponses(422),
  },
});

export function badgeRoutes({ store, clock }: Pick<QueryDeps, 'store' | 'clock'>) {
  async function answer(c: Context, { repo, server, label: labels }: BadgeQuery) {
    const now = clock();
    const statuses = await store.summaries({
      ...(repo && { repos: [repo] }),
      ...(server && { servers: [server] }),
      ...(labels && { labels }),
    });
    // A badge must not be cached for longer than its state is valid.
    const seconds = Math.floor((statesHoldUntil(statuses, now) - now) / 1000);
    c.header('Cache-Control', `public, max-age=${Math.min(seconds, MAX_AGE_S)}`);
    return badgeOf([server ?? repo ?? [], labels ?? []].flat().join(' '), statuses, now);
  }

  const app = new OpenAPIHono();
  for (const { path } of [getBadgeSvg, getBadgeJson]) app.use(path, etag());
  return app
    .openapi(getBadgeSvg, async (c) => {
      const svg = await renderBadge(await answer(c, c.req.valid('query')));
      return c.body(svg, 200, { 'Content-Type': 'image/svg+xml; charset=utf-8' });
    })
    .openapi(getBadgeJson, async (c) => {
      const badge = await answer(c, c.req.valid('query'));
      return c.json({ schemaVersion: 1 as const, ...badge }, 200);
    });
}

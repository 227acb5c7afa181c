import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { DomainError } from '../../../domain/errors.ts';
import { STATES } from '../../../domain/state.ts';
import { fileView } from '../../../web/models/file.ts';
import { fleetView } from '../../../web/models/fleet.ts';
import { TIMES_ASKED } from '../../../web/models/fleet-times.ts';
import { incidentView } from '../../../web/models/incident.ts';
import { incidentsView } from '../../../web/models/incidents.ts';
import { targetView } from '../../../web/models/target.ts';
import { filePage } from '../../../web/views/file-page.tsx';
import { fleetPage } from '../../../web/views/fleet-page.tsx';
import type { FleetView } from '../../../web/views/fleet-view.ts';
import { incidentPage } from '../../../web/views/incident-page.tsx';
import { incidentsPage } from '../../../web/views/incidents-page.tsx';
import { targetPage } from '../../../web/views/target-page.tsx';
import { encodeCursor } from '../../cursor.ts';
import type { QueryDeps } from '../../deps.ts';
import { frames, pageErrors, wantsPage } from '../../page-errors.ts';
import { pathOf } from '../../public-url.ts';
import { idParam } from '../../schemas/mute.ts';
import {
  filePageQuery,
  fleetPageQuery,
  incidentPageQuery,
  incidentsPageQuery,
  parsePageQuery,
  targetPageQuery,
} from '../../schemas/page-query.ts';
import { problemResponses } from '../../schemas/problem.ts';
import { rangeAsked } from '../../schemas/query.ts';
import { askedAt, noStore, sendPage } from '../../send-page.ts';
import { SharedTimes } from '../../shared-times.ts';

const PATHS = ['/', '/target', '/incidents', '/incident/*', '/file'];

/** The answer of the root for scripts: links to everything. */
const INDEX = {
  status: '/api/v1/status',
  reports: '/api/v1/reports',
  openapi: '/openapi.json',
  docs: '/docs',
  metrics: '/metrics',
  health: '/healthz',
};

const linkTo = z.string().openapi({ description: 'The path of it' });

interface Answers {
  readonly [status: number]: { readonly description: string; readonly content: object };
}

/** A browser gets a page of each answer. */
function orPages(answers: Answers) {
  const page = { 'text/html': { schema: z.string() } };
  return Object.fromEntries(
    Object.entries(answers).map(([status, answer]) => [
      status,
      { ...answer, content: { ...answer.content, ...page } },
    ]),
  );
}

const getIndex = createRoute({
  method: 'get',
  path: '/',
  operationId: 'getIndex',
  tags: ['Answers'],
  summary: 'The paths of the most used endpoints, and of the contract',
  description: 'For scripts. A browser, which asks for text/html, gets the page of the fleet.',
  responses: orPages({
    200: {
      description: 'The paths of the most used endpoints',
      content: {
        'application/json': {
          schema: z
            .object({
              service: z.literal('gitops-status-server'),
              version: z.string(),
              ...mapPaths(() => linkTo),
            })
            .openapi('Index'),
        },
      },
    },
    ...problemResponses(422, 503, 504),
  }),
});

/** The pages for people. They work without a script and show the same as the API. */
export function pageRoutes(deps: Pick<QueryDeps, 'store' | 'clock' | 'log' | 'version'>) {
  const { store, clock, version } = deps;
  const frameAt = frames(version);
  const times = new SharedTimes(store);

  async function fleet(c: Context, check?: (view: FleetView) => void) {
    const now = clock();
    const { at, ...query } = parsePageQuery(c, fleetPageQuery);
    const asked = at?.(now);
    // A question about the future is answered for now.
    const view = await fleetView(
      store,
      { ...query, at: asked === undefined || asked >= now ? undefined : asked },
      {
        now,
        publicUrl: askedAt(c),
        times: () => times.until(now, TIMES_ASKED),
      },
    );
    check?.(view);
    return fleetPage(view, frameAt(now, c));
  }

  const app = new OpenAPIHono();
  app.openAPIRegistry.registerPath(getIndex);
  for (const path of PATHS) app.get(path, noStore);
  app.get('/', async (c) => {
    c.header('Vary', 'Accept');
    if (!wantsPage(c))
      return c.json({
        service: 'gitops-status-server',
        version,
        ...mapPaths((path) => `${pathOf(askedAt(c))}${path}`),
      });
    return sendPage(c, await fleet(c));
  });
  app.get('/target', async (c) => {
    const query = parsePageQuery(c, targetPageQuery);
    if (query === undefined) return sendPage(c, await fleet(c, requireTargets));
    const now = clock();
    const { from, to, at, ...asked } = query;
    const time = { from: from?.(now), to: to?.(now), at: at?.(now) };
    const view = await targetView(
      store,
      { ...asked, ...time },
      {
        now,
        publicUrl: askedAt(c),
        encodeCursor,
      },
    );
    return sendPage(c, targetPage(view, frameAt(now, c)));
  });
  app.get('/incidents', async (c) => {
    const now = clock();
    const query = parsePageQuery(c, incidentsPageQuery);
    const { from, to } = rangeAsked(query, now);
    const view = await incidentsView(store, { ...query, from, to }, { now, publicUrl: askedAt(c) });
    return sendPage(c, incidentsPage(view, frameAt(now, c)));
  });
  app.get('/incident/:id', async (c) => {
    const now = clock();
    const named = idParam.safeParse({ id: c.req.param('id') });
    if (!named.success) throw new DomainError('not_found', `There is no incident ${c.req.param('id')}.`);
    const { page } = parsePageQuery(c, incidentPageQuery);
    const view = await incidentView(store, { ...named.data, page }, now);
    return sendPage(c, incidentPage(view, frameAt(now, c)));
  });
  app.get('/file', async (c) => {
    const now = clock();
    const view = await fileView(store, parsePageQuery(c, filePageQuery), now);
    return sendPage(c, filePage(view, frameAt(now, c)));
  });
  app.onError(pageErrors({ ...deps, publicUrlOf: askedAt }));
  return app;
}

/** A list of targets by name is never empty: it says which of them do not exist. */
function requireTargets({ query: { repo = [], server = [], label = [] }, counts }: FleetView): void {
  const names = [
    ...repo.map((one) => `repo=${one}`),
    ...server.map((one) => `server=${one}`),
    ...label.map((one) => `label=${one}`),
  ];
  if (names.length === 0 || STATES.some((state) => counts[state] > 0)) return;
  throw new DomainError('not_found', `There is no target with ${names.join(' and ')}.`);
}

function mapPaths<T>(map: (path: string) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(INDEX).map(([name, path]) => [name, map(path)]));
}

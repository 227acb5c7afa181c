import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context, MiddlewareHandler } from 'hono';
import { compress } from 'hono/compress';
import { html } from 'hono/html';
import { fileView } from '../../../web/models/file.ts';
import { fleetView } from '../../../web/models/fleet.ts';
import { incidentsView } from '../../../web/models/incidents.ts';
import { targetView } from '../../../web/models/target.ts';
import { filePage } from '../../../web/views/file-page.tsx';
import { fleetPage } from '../../../web/views/fleet-page.tsx';
import { incidentsPage } from '../../../web/views/incidents-page.tsx';
import { targetPage } from '../../../web/views/target-page.tsx';
import { encodeCursor } from '../../cursor.ts';
import type { QueryDeps } from '../../deps.ts';
import { frames, pageErrors, wantsPage } from '../../page-errors.ts';
import {
  filePageQuery,
  fleetPageQuery,
  incidentsPageQuery,
  parsePageQuery,
  targetPageQuery,
} from '../../schemas/page-query.ts';

const PATHS = ['/', '/target', '/incidents', '/file'];

/** The answer of the root for scripts: where everything is. */
const INDEX = {
  status: '/api/v1/status',
  reports: '/api/v1/reports',
  openapi: '/openapi.json',
  docs: '/docs',
  metrics: '/metrics',
  health: '/healthz',
};

/** The pages for people. They work without a script and show the same as the API. */
export function pageRoutes(deps: Pick<QueryDeps, 'store' | 'clock' | 'log' | 'version'>) {
  const { store, clock, version } = deps;
  const frameAt = frames(version);

  const app = new OpenAPIHono();
  for (const path of PATHS) app.get(path, compress({ encoding: 'gzip' }), noStore);
  app.get('/', async (c) => {
    c.header('Vary', 'Accept');
    if (!wantsPage(c)) return c.json({ service: 'gitops-status-server', version, ...INDEX });
    const now = clock();
    const view = await fleetView(store, parsePageQuery(c, fleetPageQuery), { now, origin: originOf(c) });
    return c.html(html`<!doctype html>${fleetPage(view, frameAt(now, c))}`);
  });
  app.get('/target', async (c) => {
    const now = clock();
    const view = await targetView(store, parsePageQuery(c, targetPageQuery), {
      now,
      origin: originOf(c),
      encodeCursor,
    });
    return c.html(html`<!doctype html>${targetPage(view, frameAt(now, c))}`);
  });
  app.get('/incidents', async (c) => {
    const now = clock();
    const view = await incidentsView(store, parsePageQuery(c, incidentsPageQuery), now);
    return c.html(html`<!doctype html>${incidentsPage(view, frameAt(now, c))}`);
  });
  app.get('/file', async (c) => {
    const now = clock();
    const view = await fileView(store, parsePageQuery(c, filePageQuery), now);
    return c.html(html`<!doctype html>${filePage(view, frameAt(now, c))}`);
  });
  app.onError(pageErrors(deps));
  return app;
}

/** A page from the browser's cache, after "back" for example, could show an old state as the present one. */
const noStore: MiddlewareHandler = async (c, next) => {
  c.header('Cache-Control', 'no-store');
  await next();
};

function originOf(c: Context): string {
  return new URL(c.req.url).origin;
}

import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context, MiddlewareHandler } from 'hono';
import { accepts } from 'hono/accepts';
import { compress } from 'hono/compress';
import { html } from 'hono/html';
import { DomainError } from '../../domain/errors.ts';
import { errorPage } from '../../render/page/error-page.tsx';
import { filePage } from '../../render/page/file-page.tsx';
import { fleetPage } from '../../render/page/fleet-page.tsx';
import { incidentsPage } from '../../render/page/incidents-page.tsx';
import type { Frame } from '../../render/page/layout.tsx';
import { targetPage } from '../../render/page/target-page.tsx';
import type { HttpDeps } from '../deps.ts';
import { type Assets, loadAssets, pageAssets } from '../page/assets.ts';
import { fileView } from '../page/file.ts';
import { fleetView } from '../page/fleet.ts';
import { incidentsView } from '../page/incidents.ts';
import { targetView } from '../page/target.ts';
import { isInternal, respondProblem } from '../problem.ts';
import { requestIdOf } from '../request-id.ts';
import {
  filePageQuery,
  fleetPageQuery,
  incidentsPageQuery,
  parsePageQuery,
  targetPageQuery,
} from '../schemas/page-query.ts';
import { problem } from '../schemas/problem.ts';

const PATHS = ['/', '/target', '/incidents', '/file'];

/** For whoever asks the root with a script: where everything is. */
const INDEX = {
  status: '/api/v1/status',
  reports: '/api/v1/reports',
  openapi: '/openapi.json',
  docs: '/docs',
  metrics: '/metrics',
  health: '/healthz',
};

/** The pages for people: they work without a script, and show what the API answers. */
export function pageRoutes(deps: Pick<HttpDeps, 'store' | 'clock' | 'log' | 'version'>) {
  const { store, clock, version } = deps;
  const assets = loadAssets();
  const frameAt = (now: number): Frame => ({
    now,
    version,
    assets: pageAssets(assets),
  });

  const app = new OpenAPIHono();
  for (const path of PATHS) app.get(path, compress({ encoding: 'gzip' }), neverKept);
  app.get('/', async (c) => {
    c.header('Vary', 'Accept');
    if (!wantsPage(c)) return c.json({ service: 'gitops-status-server', version, ...INDEX });
    const now = clock();
    const view = await fleetView(store, parsePageQuery(c, fleetPageQuery), { now, origin: originOf(c) });
    return c.html(html`<!doctype html>${fleetPage(view, frameAt(now))}`);
  });
  app.get('/target', async (c) => {
    const now = clock();
    const view = await targetView(store, parsePageQuery(c, targetPageQuery), { now, origin: originOf(c) });
    return c.html(html`<!doctype html>${targetPage(view, frameAt(now))}`);
  });
  app.get('/incidents', async (c) => {
    const now = clock();
    const view = await incidentsView(store, parsePageQuery(c, incidentsPageQuery), now);
    return c.html(html`<!doctype html>${incidentsPage(view, frameAt(now))}`);
  });
  app.get('/file', async (c) => {
    const now = clock();
    const view = await fileView(store, parsePageQuery(c, filePageQuery), now);
    return c.html(html`<!doctype html>${filePage(view, frameAt(now))}`);
  });
  app.get('/assets/:name', (c) => assetAnswer(c, assets));
  app.get('/assets/:version/:name', (c) => assetAnswer(c, assets));
  app.onError((error, c) => respondPage(c, error, { ...deps, frame: frameAt(clock()) }));
  return app;
}

/** A browser asks for a page by name; whoever takes anything is a script. */
function wantsPage(c: Context): boolean {
  const supports = ['text/html', 'application/json'];
  return accepts(c, { header: 'Accept', supports, default: 'application/json' }) === 'text/html';
}

/** A page kept by the browser and shown again, by "back" say, would call in sync what was so an hour ago. */
const neverKept: MiddlewareHandler = async (c, next) => {
  c.header('Cache-Control', 'no-store');
  await next();
};

/** Says on a page what went wrong, in the words of the API; whoever wants no page is left to the API itself. */
async function respondPage(
  c: Context,
  error: unknown,
  { log, frame }: Pick<HttpDeps, 'log'> & { frame: Frame },
): Promise<Response> {
  if (!wantsPage(c)) throw error;
  if (isInternal(error)) log.error({ err: error, request_id: requestIdOf(c) }, 'request failed');
  const answer = respondProblem(c, error);
  const { request_id: requestId, ...words } = problem.parse(await answer.json());
  const page = await html`<!doctype html>${errorPage({ ...words, requestId }, frame)}`;
  const headers = new Headers(answer.headers);
  headers.set('Content-Type', 'text/html; charset=UTF-8');
  return new Response(page.toString(), { status: answer.status, headers });
}

function assetAnswer(c: Context, assets: Assets): Response {
  const asset = assets.at(c.req.path);
  if (asset === undefined) throw new DomainError('not_found', `There is nothing at ${c.req.path}.`);
  const takesGzip = accepts(c, { header: 'Accept-Encoding', supports: ['gzip'], default: '' }) === 'gzip';
  return c.body(takesGzip ? asset.gzipped : asset.bytes, 200, {
    'Content-Type': asset.type,
    'Cache-Control': 'public, max-age=31536000, immutable',
    Vary: 'Accept-Encoding',
    ...(takesGzip ? { 'Content-Encoding': 'gzip' } : {}),
  });
}

function originOf(c: Context): string {
  return new URL(c.req.url).origin;
}

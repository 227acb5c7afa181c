import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { serveStatic } from '@hono/node-server/serve-static';
import { OpenAPIHono } from '@hono/zod-openapi';
import { docsPage } from '../../../web/views/docs-page.tsx';
import type { HttpDeps } from '../../deps.ts';
import { gzipAnswer } from '../../middleware/gzip.ts';
import { frames, pageText } from '../../page-errors.ts';
import type { PublicUrlOf } from '../../public-url.ts';

const ASSETS = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));

/** Requests go to the server that the page came from, even if other clients reach it by another name. */
const START = `const root = new URL('..', document.currentScript.src);
fetch(new URL('openapi.json', root))
  .then((answer) => answer.json())
  .then((document) => {
    const spec = { ...document, servers: [{ url: root.href.replace(/\\/$/, '') }] };
    SwaggerUIBundle({ spec, dom_id: '#docs', deepLinking: true, validatorUrl: null });
  });
`;

/** The API documentation, from the files of its package, so that it works offline. */
export function docsRoutes(
  openApiDocument: (isUnguarded: boolean) => object,
  {
    clock,
    version,
    publicUrlOf,
    isUnguarded,
  }: Pick<HttpDeps, 'clock' | 'version'> & { publicUrlOf: PublicUrlOf; isUnguarded: () => Promise<boolean> },
) {
  const frameAt = frames(version);
  const app = new OpenAPIHono();
  const documents = new Map<boolean, object>();
  app.get('/openapi.json', gzipAnswer, async (c) => {
    const isOpen = await isUnguarded();
    const document = documents.get(isOpen) ?? openApiDocument(isOpen);
    documents.set(isOpen, document);
    const servers = [{ url: publicUrlOf(c) }];
    return c.body(JSON.stringify({ servers, ...document }), 200, { 'Content-Type': 'application/json' });
  });
  app.get('/docs', async (c) => c.html(await pageText(docsPage(frameAt(clock(), c)), publicUrlOf(c))));
  app.get('/docs/start.js', (c) => c.body(START, 200, { 'Content-Type': 'text/javascript; charset=utf-8' }));
  for (const asset of ['swagger-ui.css', 'swagger-ui-bundle.js']) {
    app.get(`/docs/${asset}`, serveStatic({ root: ASSETS, rewriteRequestPath: () => `/${asset}` }));
  }
  return app;
}

import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { serveStatic } from '@hono/node-server/serve-static';
import { OpenAPIHono } from '@hono/zod-openapi';
import { linksBelow } from '../../base-path.ts';
import { gzipAnswer } from '../../middleware/gzip.ts';
import { type PublicUrlOf, pathOf } from '../../public-url.ts';

const ASSETS = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>gitops-status-server API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" href="/docs/favicon-32x32.png">
</head>
<body>
<div id="docs"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;

/** Requests go to the server that the page came from, also where clients elsewhere reach it by another name. */
const START = `const root = new URL('..', document.currentScript.src);
fetch(new URL('openapi.json', root))
  .then((answer) => answer.json())
  .then((document) => {
    const spec = { ...document, servers: [{ url: root.href.replace(/\\/$/, '') }] };
    SwaggerUIBundle({ spec, dom_id: '#docs', deepLinking: true, validatorUrl: null });
  });
`;

/** The API documentation, from the files of its package, so that it works offline. */
export function docsRoutes(openApiDocument: () => object, publicUrlOf: PublicUrlOf) {
  const app = new OpenAPIHono();
  let document: object | undefined;
  app.get('/openapi.json', gzipAnswer, (c) => {
    document ??= openApiDocument();
    const servers = [{ url: publicUrlOf(c) }];
    return c.body(JSON.stringify({ servers, ...document }), 200, { 'Content-Type': 'application/json' });
  });
  app.get('/docs', (c) => c.html(linksBelow(pathOf(publicUrlOf(c)), PAGE)));
  app.get('/docs/start.js', (c) => c.body(START, 200, { 'Content-Type': 'text/javascript; charset=utf-8' }));
  for (const asset of ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png']) {
    app.get(`/docs/${asset}`, serveStatic({ root: ASSETS, rewriteRequestPath: () => `/${asset}` }));
  }
  return app;
}

import type { Context } from 'hono';
import { Hono } from 'hono';
import { DomainError } from '../../../domain/errors.ts';
import { type Assets, loadAssets } from '../../../web/assets.ts';
import { takesGzip } from '../../middleware/gzip.ts';

/** The styles, scripts and pictures of the pages. */
export function assetRoutes(): Hono {
  const assets = loadAssets();
  return new Hono()
    .get('/assets/:name', (c) => assetAnswer(c, assets))
    .get('/assets/:version/:name', (c) => assetAnswer(c, assets));
}

function assetAnswer(c: Context, assets: Assets): Response {
  const asset = assets.at(c.req.path);
  if (asset === undefined) throw new DomainError('not_found', `There is nothing at ${c.req.path}.`);
  const gzipped = takesGzip(c.req.header('Accept-Encoding')) ? asset.gzipped : undefined;
  return c.body(gzipped ?? asset.bytes, 200, {
    'Content-Type': asset.type,
    'Cache-Control': 'public, max-age=31536000, immutable',
    Vary: 'Accept-Encoding',
    ...(gzipped !== undefined ? { 'Content-Encoding': 'gzip' } : {}),
  });
}

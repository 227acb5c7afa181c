import type { Context, ErrorHandler } from 'hono';
import { accepts } from 'hono/accepts';
import { html } from 'hono/html';
import { loadAssets, pageAssets } from '../web/assets.ts';
import { errorPage } from '../web/views/error-page.tsx';
import type { Frame } from '../web/views/layout.tsx';
import type { AnswerHooks } from './ask.ts';
import { linksBelow } from './base-path.ts';
import type { QueryDeps } from './deps.ts';
import { requestIdOf } from './middleware/request-log.ts';
import { isInternal, respondProblem } from './problem.ts';
import { type PublicUrlOf, pathOf } from './public-url.ts';
import { problem } from './schemas/problem.ts';

/** The frame of every page, for an instant. */
export function frames(version: string): (now: number, c: Context) => Frame {
  const assets = loadAssets();
  return (now, c) => {
    const { notice }: AnswerHooks = c.env ?? {};
    return { now, version, notice, assets: pageAssets(assets) };
  };
}

/** The text of a page whose links are below the path of a public URL. */
export async function pageText(page: ReturnType<typeof errorPage>, publicUrl: string): Promise<string> {
  const text = await html`<!doctype html>${page}`;
  return linksBelow(pathOf(publicUrl), text.toString());
}

/** Browsers name text/html in Accept; a client that accepts anything is a script. */
export function wantsPage(c: Context): boolean {
  const supports = ['text/html', 'application/json'];
  return accepts(c, { header: 'Accept', supports, default: 'application/json' }) === 'text/html';
}

/** Shows an error as a page, in the words of the API. Clients that want no page get the problem document. */
export function pageErrors({
  clock,
  log,
  version,
  publicUrlOf,
}: Pick<QueryDeps, 'clock' | 'log' | 'version'> & { publicUrlOf: PublicUrlOf }): ErrorHandler {
  const frameAt = frames(version);
  return async (error, c) => {
    if (!wantsPage(c)) throw error;
    if (isInternal(error)) log.error({ err: error, request_id: requestIdOf(c) }, 'request failed');
    const answer = respondProblem(c, error);
    const { request_id: requestId, ...words } = problem.parse(await answer.json());
    const page = await pageText(errorPage({ ...words, requestId }, frameAt(clock(), c)), publicUrlOf(c));
    const headers = new Headers(answer.headers);
    headers.set('Content-Type', 'text/html; charset=UTF-8');
    return new Response(page, { status: answer.status, headers });
  };
}

import type { Context, ErrorHandler, NotFoundHandler } from 'hono';
import { accepts } from 'hono/accepts';
import { html } from 'hono/html';
import { HTTPException } from 'hono/http-exception';
import { getPath } from 'hono/utils/url';
import { loadAssets, pageAssets } from '../web/assets.ts';
import { errorPage } from '../web/views/error-page.tsx';
import type { Frame } from '../web/views/layout.tsx';
import type { AnswerHooks } from './ask.ts';
import { linksBelow } from './base-path.ts';
import type { QueryDeps } from './deps.ts';
import { requestIdOf } from './middleware/request-log.ts';
import { allowPage } from './middleware/security-headers.ts';
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

/** Browsers name text/html in Accept. A client that accepts anything is a script. */
export function wantsPage(c: Context): boolean {
  const supports = ['text/html', 'application/json'];
  return accepts(c, { header: 'Accept', supports, default: 'application/json' }) === 'text/html';
}

type PageErrorDeps = Pick<QueryDeps, 'clock' | 'log' | 'version'> & { readonly publicUrlOf: PublicUrlOf };

/** Shows an error as a page, in the words of the API. Clients that want no page get the problem document. */
export function pageErrors(deps: PageErrorDeps): ErrorHandler {
  const answered = errorAnswers(deps);
  return (error, c) => {
    if (!wantsPage(c)) throw error;
    if (isInternal(error)) deps.log.error({ err: error, request_id: requestIdOf(c) }, 'request failed');
    return answered(error, c);
  };
}

/** The answer for an unknown path: a page for browsers, the problem document for scripts. */
export function nothingThere(deps: PageErrorDeps): NotFoundHandler {
  const answered = errorAnswers(deps);
  return (c) => {
    const error = new HTTPException(404, { message: `There is nothing at ${getPath(c.req.raw)}.` });
    if (!wantsPage(c)) return respondProblem(c, error, { Vary: 'Accept' });
    allowPage(c);
    return answered(error, c);
  };
}

function errorAnswers({ clock, version, publicUrlOf }: PageErrorDeps) {
  const frameAt = frames(version);
  return async (error: Error, c: Context): Promise<Response> => {
    const answer = respondProblem(c, error);
    const { request_id: _, ...words } = problem.parse(await answer.json());
    const frame = frameAt(clock(), c);
    const page = await pageText(errorPage({ ...words, requestId: requestIdOf(c) }, frame), publicUrlOf(c));
    const headers = new Headers(answer.headers);
    headers.set('Content-Type', 'text/html; charset=UTF-8');
    headers.set('Vary', 'Accept');
    return new Response(page, { status: answer.status, headers });
  };
}

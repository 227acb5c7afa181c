import type { Context, MiddlewareHandler } from 'hono';
import type { AnswerHooks } from './ask.ts';
import { pageText } from './page-errors.ts';
import type { PublicUrlOf } from './public-url.ts';

/** A page from the browser's cache, for example after "back", could show an old state as the present one. */
export const noStore: MiddlewareHandler = async (c, next) => {
  c.header('Cache-Control', 'no-store');
  await next();
};

/** The address that the client of a question uses: only the HTTP thread knows it. */
export const askedAt: PublicUrlOf = (c) => {
  const { publicUrl }: AnswerHooks = c.env ?? {};
  return publicUrl ?? new URL(c.req.url).origin;
};

export async function sendPage(
  c: Context,
  page: Parameters<typeof pageText>[0],
  status: 200 | 422 = 200,
): Promise<Response> {
  return c.html(await pageText(page, askedAt(c)), status);
}

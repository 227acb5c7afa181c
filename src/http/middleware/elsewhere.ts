import type { Context, MiddlewareHandler } from 'hono';
import { type Access, accessTo } from '../access.ts';
import type { HttpDeps } from '../deps.ts';
import { setReasonPhrase } from '../problem.ts';
import { isNamed, type Lasting, lasts, notModified } from './lasting.ts';

/** Answers questions in another thread, so that none of them keeps a report waiting. */
export type Elsewhere = (request: Request) => Promise<ElsewhereAnswer>;

interface ElsewhereAnswer {
  readonly response: Response;
  /** For the status line. */
  readonly reason?: string | undefined;
  /** Until when it stays the same as long as nothing is recorded, where that is known. Epoch milliseconds. */
  readonly sameUntil?: number | undefined;
}

interface KnownTag extends Lasting {
  readonly etag: string;
}

const QUESTIONS: ReadonlySet<Access> = new Set(['read', 'metrics', 'badges', 'page']);

/** What this thread alone can answer: it is the one that hears what is recorded. */
const HERE = '/api/v1/events';

/** Of so many questions the ETag is known: who asks again asks few. */
const MAX_TAGS = 100;

/**
 * Passes on every question that may take its time. Not so where whoever asks has the answer already: to say that costs
 * less than to wake another thread.
 */
export function answerElsewhere(
  elsewhere: Elsewhere,
  { store, clock }: Pick<HttpDeps, 'store' | 'clock'>,
): MiddlewareHandler {
  const tags = new Map<string, KnownTag>();

  return async (c, next) => {
    if (!isQuestion(c)) return next();
    const { url } = c.req;
    // Before it is answered: what is recorded meanwhile makes it another one.
    const asked = { revision: await store.revision(), at: clock() };
    const known = tags.get(url);
    if (known !== undefined && lasts(known, asked) && isNamed(c, known.etag)) return notModified(known.etag);
    const { response, reason, sameUntil } = await elsewhere(c.req.raw);
    if (reason !== undefined) setReasonPhrase(c, reason);
    const etag = response.headers.get('ETag');
    if (etag !== null && sameUntil !== undefined) {
      if (tags.size >= MAX_TAGS) tags.clear();
      tags.set(url, { asked, sameUntil, etag });
    }
    return response;
  };
}

function isQuestion({ req }: Context): boolean {
  if (req.method !== 'GET' && req.method !== 'HEAD') return false;
  return req.path !== HERE && QUESTIONS.has(accessTo(req.method, req.path));
}

import type { Context, MiddlewareHandler } from 'hono';
import { type Access, accessTo } from '../access.ts';
import { setReasonPhrase } from '../problem.ts';

/** Answers questions in another thread, so that none of them keeps a report waiting; `reason` is for the status line. */
export type Elsewhere = (request: Request) => Promise<{ response: Response; reason: string | undefined }>;

const QUESTIONS: ReadonlySet<Access> = new Set(['read', 'metrics', 'badges', 'page']);

/** What this thread alone can answer: it is the one that hears what is recorded. */
const HERE = '/api/v1/events';

/** Passes on every question that may take its time. */
export function answerElsewhere(elsewhere: Elsewhere): MiddlewareHandler {
  return async (c, next) => {
    if (!isQuestion(c)) return next();
    const { response, reason } = await elsewhere(c.req.raw);
    if (reason !== undefined) setReasonPhrase(c, reason);
    return response;
  };
}

function isQuestion({ req }: Context): boolean {
  if (req.method !== 'GET' && req.method !== 'HEAD') return false;
  return req.path !== HERE && QUESTIONS.has(accessTo(req.method, req.path));
}

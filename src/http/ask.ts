import type { Target } from '../domain/target.ts';
import { bytesOf } from './response-bytes.ts';

type Headers = readonly (readonly [name: string, value: string])[];

/** A query on its way to a question worker; it has no body. */
export interface Question {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  /** Where its client reaches this server: see `PublicUrlOf`. */
  readonly publicUrl: string;
  /** What every page says at its top about the database or the channels for messages. */
  readonly notice?: string | undefined;
  /** The answer must include what was committed at this version; undefined for the newest there is. */
  readonly dataVersion?: string | undefined;
}

/** The answer of a question worker. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Undefined if the answer has no body. */
  readonly body: ArrayBuffer | undefined;
  /** The reason phrase of the status line. */
  readonly reason: string | undefined;
  /**
   * Until when the answer stays the same if nothing is recorded; undefined if that is not known. Epoch milliseconds.
   */
  readonly freshUntil: number | undefined;
  /** A target that keeps a gate closed until something is reported about it. */
  readonly blockedBy?: Target | undefined;
}

/**
 * Answers a question. If the signal is aborted, nobody needs the answer: it throws the signal's reason and stops
 * working. Throws `overloaded` if too many questions wait.
 */
export type Ask = (question: Question, signal: AbortSignal) => Promise<Answer>;

/**
 * What a route gets beside the request, and what it tells the thread that sends its answer: see `setReasonPhrase` and
 * `setFreshUntil`.
 */
export interface AnswerHooks {
  readonly publicUrl?: string;
  readonly notice?: string | undefined;
  onReason?: (reason: string) => void;
  onFreshUntil?: (at: number) => void;
  onBlockedBy?: (target: Target) => void;
}

/** Answers a question with an app in this thread. */
export async function askApp(
  app: { fetch: (request: Request, env: AnswerHooks) => Response | Promise<Response> },
  { method, url, headers, publicUrl, notice }: Question,
): Promise<Answer> {
  let reason: string | undefined;
  let freshUntil: number | undefined;
  let blockedBy: Target | undefined;
  const hooks: AnswerHooks = {
    publicUrl,
    notice,
    onReason: (text) => {
      reason = text;
    },
    onFreshUntil: (at) => {
      freshUntil = at;
    },
    onBlockedBy: (target) => {
      blockedBy = target;
    },
  };
  const response = await app.fetch(new Request(url, { method, headers: Object.fromEntries(headers) }), hooks);
  const body = response.body === null ? undefined : await bytesOf(response);
  return { status: response.status, headers: [...response.headers], body, reason, freshUntil, blockedBy };
}

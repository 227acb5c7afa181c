import { bytesOf } from './response-bytes.ts';

type Headers = readonly (readonly [name: string, value: string])[];

/** A request that only asks, as it travels to whoever answers it: it has no body. */
export interface Question {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
}

/** An answer as it travels back. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Undefined where there may be none. */
  readonly body: ArrayBuffer | undefined;
  /** For the status line. */
  readonly reason: string | undefined;
  /** Until when it stays the same as long as nothing is recorded, where that is known. Epoch milliseconds. */
  readonly freshUntil: number | undefined;
}

/**
 * Answers a question. Where the signal is aborted nobody wants the answer any more: then it throws the signal's reason,
 * and stops working on it. Throws `overloaded` where too many wait already.
 */
export type Ask = (question: Question, signal: AbortSignal) => Promise<Answer>;

/** What a route tells whoever passes its answer on: see `tellReason` and `setFreshUntil`. */
export interface Told {
  onReason?: (reason: string) => void;
  onFreshUntil?: (at: number) => void;
}

/** Asks an app in this thread. */
export async function askApp(
  app: { fetch: (request: Request, env: Told) => Response | Promise<Response> },
  { method, url, headers }: Question,
): Promise<Answer> {
  let reason: string | undefined;
  let freshUntil: number | undefined;
  const told: Told = {
    onReason: (text) => {
      reason = text;
    },
    onFreshUntil: (at) => {
      freshUntil = at;
    },
  };
  const response = await app.fetch(new Request(url, { method, headers: Object.fromEntries(headers) }), told);
  const body = response.body === null ? undefined : await bytesOf(response);
  return { status: response.status, headers: [...response.headers], body, reason, freshUntil };
}

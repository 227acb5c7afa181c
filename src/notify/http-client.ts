import { type IncomingMessage, request as plainRequest, type RequestOptions, STATUS_CODES } from 'node:http';
import { request as secureRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { DeliveryError } from './channel.ts';
import { deliveryErrorOf } from './failure.ts';
import { guardedLookup, refuseLinkLocal } from './link-local.ts';
import { trusting } from './trust.ts';

/** How long a receiver may take to connect and answer. */
const TIMEOUT_MS = 15_000;
/** The most that is read of an answer. None of it is used; beyond this the connection is closed. */
const MAX_ANSWER_BYTES = 64 * 1024;

export interface HttpClient {
  /**
   * Sends a body. Resolves if the answer is 2xx; throws a `DeliveryError` otherwise. Redirects are not followed: they
   * are failures. The error has neither the address nor any part of the answer except its status.
   */
  post(
    url: string,
    sent: { readonly headers: Readonly<Record<string, string>>; readonly body: string },
    signal: AbortSignal,
  ): Promise<void>;
  /** A GET with the same rules, for heartbeats. */
  ask(url: string, signal: AbortSignal): Promise<void>;
}

interface ClientOptions {
  /** Now, in epoch milliseconds. */
  readonly clock: () => number;
  /** Certificates that are trusted beside Node's own, in PEM. */
  readonly ca?: string | undefined;
  readonly timeoutMs?: number;
  /** How names are looked up. */
  readonly lookup?: LookupFunction;
  /** Called with the status of a 2xx answer. */
  readonly onAnswer?: (words: string) => void;
}

/** A client with a connection for each request: messages are few, and a connection that is kept may be dead. */
export function createHttpClient({
  clock,
  ca,
  timeoutMs = TIMEOUT_MS,
  lookup = guardedLookup,
  onAnswer = () => undefined,
}: ClientOptions): HttpClient {
  const shared = { agent: false, lookup, ...trusting(ca) } as const;
  async function answerTo(url: string, options: RequestOptions, body?: string): Promise<void> {
    const headers = { ...options.headers, 'User-Agent': 'gitops-status-server' };
    const answer = await exchange(url, { request: { ...options, ...shared, headers }, body, timeoutMs });
    if (answer.status < 200 || answer.status >= 300) throw refusal(answer, clock());
    onAnswer(statusWords(answer.status));
  }
  return {
    async post(url, { headers, body }, signal) {
      const length = String(Buffer.byteLength(body));
      return answerTo(
        url,
        { method: 'POST', signal, headers: { ...headers, 'Content-Length': length } },
        body,
      );
    },
    async ask(url, signal) {
      return answerTo(url, { method: 'GET', signal });
    },
  };
}

interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
}

/** One request and the head of its answer. */
async function exchange(
  url: string,
  { request, body, timeoutMs }: { request: RequestOptions; body: string | undefined; timeoutMs: number },
): Promise<Answer> {
  try {
    const address = new URL(url);
    refuseLinkLocal(address.hostname);
    const send = address.protocol === 'https:' ? secureRequest : plainRequest;
    return await new Promise((resolve, reject) => {
      const sent = send(address, request);
      const timer = setTimeout(() => sent.destroy(tooSlow(timeoutMs)), timeoutMs);
      sent.on('response', (response) => {
        skip(response);
        resolve({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] });
      });
      sent.on('error', reject);
      sent.on('close', () => {
        clearTimeout(timer);
        reject(new DeliveryError('the receiver closed the connection before it answered'));
      });
      sent.end(body);
    });
  } catch (error) {
    throw deliveryErrorOf(error);
  }
}

/** Reads an answer to its end, so that the receiver knows that it arrived, but not beyond the limit. */
function skip(response: IncomingMessage): void {
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) response.destroy();
  });
  // The status is known by now, and it counts even if the rest does not arrive.
  response.on('error', () => undefined);
}

function tooSlow(timeoutMs: number): DeliveryError {
  return new DeliveryError(`there was no answer within ${timeoutMs / 1000} s`);
}

/** There was an answer, but not a 2xx. */
export class RefusedError extends DeliveryError {}

function refusal({ status, retryAfter }: Answer, now: number): RefusedError {
  const retryAfterMs = retryAfter === undefined ? undefined : retryAfterOf(retryAfter, now);
  const words = statusWords(status) + adviceAbout(status);
  return new RefusedError(words, retryAfterMs === undefined ? {} : { retryAfterMs });
}

function statusWords(status: number): string {
  return `the receiver answered ${status} ${STATUS_CODES[status] ?? ''}`.trim();
}

function adviceAbout(status: number): string {
  if (status >= 300 && status < 400) return ': redirects are not followed, so give the final address';
  if (status === 401 || status === 403) return ': is the secret right?';
  if (status === 404) return ': is the address right?';
  if (status === 410) return ': this receiver no longer exists; give another address, or remove the channel';
  return '';
}

/** The longest wait that is accepted: a receiver may ask for time, but not for silence. */
const LONGEST_WAIT_MS = 24 * 3_600_000;

/** `Retry-After`: a number of seconds, or an instant. */
function retryAfterOf(text: string, now: number): number | undefined {
  const ms = /^\d{1,10}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), LONGEST_WAIT_MS);
}

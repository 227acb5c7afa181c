import { DeliveryError } from './channel.ts';

const FIRST_RETRY_MS = 1000;
const MAX_RETRY_MS = 5 * 60_000;
/** A receiver that asks for a longer wait is still tried again: it may have been a mistake. */
const MAX_RETRY_AFTER_MS = 3_600_000;
/** People are told after this many failures in a row. */
const DEAD_AT = 3;

interface Deps {
  readonly name: string;
  readonly clock: () => number;
  /** From 0 to 1: so channels that fail together are not tried again together. */
  readonly random: () => number;
  readonly log: { error(fields: object, message: string): void; info(fields: object, message: string): void };
  readonly count: (outcome: 'sent' | 'failed') => void;
}

/** Whether a channel works, and when it is tried again. */
export class ChannelHealth {
  readonly #deps: Deps;
  #failures = 0;
  #failingSince = 0;
  #holdUntil = 0;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  delivered(): void {
    const { name, log, count } = this.#deps;
    count('sent');
    if (this.#failures > 0) log.info({ channel: name }, 'messages arrive again');
    this.#failures = 0;
    this.#holdUntil = 0;
  }

  /** Resolves to when the same message may be tried again. */
  failed(error: unknown, attempts: number): number {
    const { name, clock, random, log, count } = this.#deps;
    count('failed');
    this.#failures++;
    if (this.#failures === 1) this.#failingSince = clock();
    log.error(
      { channel: name, attempts, ...reasonOf(error) },
      'a message was not delivered; it is tried again',
    );
    const asked = error instanceof DeliveryError ? (error.retryAfterMs ?? 0) : 0;
    const retryAfterMs = Math.min(asked, MAX_RETRY_AFTER_MS);
    this.#holdUntil = clock() + Math.max(FIRST_RETRY_MS, retryAfterMs);
    const backoffMs = Math.min(FIRST_RETRY_MS * 2 ** (attempts - 1), MAX_RETRY_MS) * (0.5 + random() / 2);
    return Math.round(clock() + Math.max(FIRST_RETRY_MS, backoffMs, retryAfterMs));
  }

  /** Nothing is tried before this; 0 if it was decided while this machine's clock was ahead. */
  get holdUntil(): number {
    return this.#holdUntil > this.#deps.clock() + MAX_RETRY_AFTER_MS ? 0 : this.#holdUntil;
  }

  get isFailing(): boolean {
    return this.#failures > 0;
  }

  /** What the pages say; undefined if the channel works as far as that is known. Only operators see why it fails. */
  problem(): string | undefined {
    if (this.#failures < DEAD_AT) return undefined;
    const since = new Date(this.#failingSince).toISOString();
    return (
      `The channel ${this.#deps.name} has delivered no messages since ${since}. The log of the server says ` +
      'why.'
    );
  }
}

/** For the log. Only a `DeliveryError` is known to have no secret. Of other errors only their origin is logged. */
function reasonOf(error: unknown): { readonly reason: string; readonly stack?: readonly string[] } {
  if (error instanceof DeliveryError) return { reason: error.message };
  const { name, stack = '' } = error instanceof Error ? error : new Error();
  return {
    reason: `internal error: ${name}`,
    stack: stack.split('\n').filter((line) => /^ +at /.test(line)),
  };
}

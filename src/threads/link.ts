import type { MessagePort, Transferable, Worker } from 'node:worker_threads';
import { DomainError, type ErrorCode, type Fault } from '../domain/errors.ts';

/** What one end of a link does for the other: by name, with whatever can be cloned. */
export type Verbs = Readonly<Record<string, (...args: never[]) => unknown>>;

type Port = Pick<MessagePort, 'postMessage' | 'on'> | Pick<Worker, 'postMessage' | 'on'>;

interface Call {
  readonly kind: 'call';
  readonly id: number;
  readonly verb: string;
  readonly args: readonly unknown[];
}

type Answer =
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly failure: Failure };

/** An error on its way to another thread: cloning would make a plain Error of it. */
interface Failure {
  readonly code: ErrorCode | undefined;
  readonly message: string;
  readonly faults: readonly Fault[];
  readonly stack: string | undefined;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** An answer of which parts are handed over rather than copied: whoever gives them away has them no more. */
export class HandedOver<T> {
  readonly value: T;
  readonly parts: readonly Transferable[];

  constructor(value: T, parts: readonly Transferable[]) {
    this.value = value;
    this.parts = parts;
  }
}

/** What a call comes to at the other end. */
type Outcome<F> = F extends (...args: never[]) => infer R
  ? Awaited<R> extends HandedOver<infer T>
    ? T
    : Awaited<R>
  : never;

/** One end of a line between two threads: each may call what the other offers, and is told how it went. */
export class Link<Other extends Verbs> {
  readonly #port: Port;
  readonly #own: ReadonlyMap<string, (...args: unknown[]) => unknown>;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  /** Why there is nobody at the other end any more. */
  #gone: Error | undefined;

  constructor(port: Port, own: Verbs = {}) {
    this.#port = port;
    this.#own = new Map(Object.entries(own as Record<string, (...args: unknown[]) => unknown>));
    port.on('message', (message: Call | Answer) => this.#receive(message));
  }

  /** Calls what the other end offers; a `DomainError` there is one here. */
  call<V extends keyof Other & string>(verb: V, ...args: Parameters<Other[V]>): Promise<Outcome<Other[V]>> {
    if (this.#gone !== undefined) return Promise.reject(this.#gone);
    const id = ++this.#lastId;
    const answered = new Promise<unknown>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    this.#port.postMessage({ kind: 'call', id, verb, args } satisfies Call);
    // Both ends are typed by the same verbs.
    return answered as Promise<Outcome<Other[V]>>;
  }

  /** Lets down everybody who waits, and who calls from now on: there is nobody at the other end any more. */
  hangUp(reason: Error): void {
    this.#gone = reason;
    for (const { reject } of this.#waiting.values()) reject(reason);
    this.#waiting.clear();
  }

  #receive(message: Call | Answer): void {
    if (message.kind === 'call') {
      void this.#answer(message);
      return;
    }
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.kind === 'answer') waiting?.resolve(message.value);
    else waiting?.reject(toError(message.failure));
  }

  async #answer({ id, verb, args }: Call): Promise<void> {
    try {
      const result = await this.#own.get(verb)?.(...args);
      const { value, parts } = result instanceof HandedOver ? result : { value: result, parts: [] };
      this.#port.postMessage({ kind: 'answer', id, value } satisfies Answer, [...parts]);
    } catch (error) {
      this.#port.postMessage({ kind: 'failure', id, failure: toFailure(error) } satisfies Answer);
    }
  }
}

function toFailure(error: unknown): Failure {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const cause =
    error instanceof Error && error.cause instanceof Error ? `\ncaused by ${error.cause.stack}` : '';
  const { code, faults } = error instanceof DomainError ? error : { code: undefined, faults: [] };
  return { code, message, faults, stack: stack && stack + cause };
}

function toError({ code, message, faults, stack }: Failure): Error {
  const error = code === undefined ? new Error(message) : new DomainError(code, message, { faults });
  if (stack !== undefined) error.stack = stack;
  return error;
}

import type { Target } from '../domain/target.ts';
import type { TargetFilter } from '../store/store.ts';
import type { LiveEvent, Signal } from './signals.ts';

/** How much may wait for one listener. */
const MAX_WAITING = 1000;

/** What one listener is still to be told: bounded, however slowly it takes it. It is iterated once. */
export class Listener implements AsyncIterable<Signal> {
  readonly #repos: ReadonlySet<string> | undefined;
  readonly #servers: ReadonlySet<string> | undefined;
  readonly #onEnd: (listener: Listener) => void;
  #waiting: Signal[] = [];
  #wake: () => void = () => undefined;
  #hasTaken = true;
  #isEnded = false;

  constructor({ repos, servers }: TargetFilter, onEnd: (listener: Listener) => void) {
    this.#repos = repos && new Set(repos);
    this.#servers = servers && new Set(servers);
    this.#onEnd = onEnd;
  }

  tell(event: LiveEvent): void {
    if (this.#means(event.what.target)) this.#push({ kind: 'event', event });
  }

  /** Instead of all that waits. */
  reset(id: string): void {
    this.#waiting = [];
    this.#push({ kind: 'reset', id });
  }

  /** Must be called from time to time: who took nothing meanwhile, though something waited, is let go of. */
  beat(): void {
    if (this.#waiting.length === 0) this.#push({ kind: 'heartbeat' });
    else if (!this.#hasTaken) this.end();
    this.#hasTaken = false;
  }

  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#waiting = [];
    this.#wake();
    this.#onEnd(this);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Signal, void> {
    try {
      while (!this.#isEnded) {
        const signal = this.#waiting.shift();
        if (signal === undefined) await this.#somethingToTell();
        else {
          this.#hasTaken = true;
          yield signal;
        }
      }
    } finally {
      this.end();
    }
  }

  #means({ repo, server }: Target): boolean {
    return (this.#repos?.has(repo) ?? true) && (this.#servers?.has(server) ?? true);
  }

  #push(signal: Signal): void {
    if (this.#isEnded) return;
    if (this.#waiting.length >= MAX_WAITING && signal.kind === 'event') this.reset(signal.event.id);
    else this.#waiting.push(signal);
    this.#wake();
  }

  #somethingToTell(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

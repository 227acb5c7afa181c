import type { Target } from '../domain/target.ts';
import type { Timers } from './timers.ts';

/** How often it checks whether another process has written. */
const TICK_MS = 500;

/** A watcher wants to know when an answer may have changed, not what happened. */
export interface Watcher {
  /**
   * Something was committed about these targets, even if nothing changed; undefined if it may be about any. A commit of
   * another process is told within half a second.
   */
  changed(touched: readonly Target[] | undefined): void;
  /** It gets no further calls. */
  closed(): void;
}

/** All watchers. Nothing is checked while there are none. */
export class Watchers {
  readonly #othersVersion: () => string;
  readonly #timers: Pick<Timers, 'every'>;
  readonly #watchers = new Set<Watcher>();
  #version: string | undefined;
  #stopTicking: (() => void) | undefined;

  constructor(deps: { readonly othersVersion: () => string; readonly timers: Pick<Timers, 'every'> }) {
    this.#othersVersion = deps.othersVersion;
    this.#timers = deps.timers;
  }

  /** Returns a function that ends it. */
  add(watcher: Watcher): () => void {
    this.#watchers.add(watcher);
    if (this.#stopTicking === undefined) {
      this.#version = this.#readVersion();
      this.#stopTicking = this.#timers.every(TICK_MS, () => this.#tick());
    }
    return () => this.#remove(watcher);
  }

  tell(touched: readonly Target[] | undefined): void {
    for (const watcher of [...this.#watchers]) watcher.changed(touched);
  }

  close(): void {
    for (const watcher of [...this.#watchers]) {
      this.#remove(watcher);
      watcher.closed();
    }
  }

  #remove(watcher: Watcher): void {
    this.#watchers.delete(watcher);
    if (this.#watchers.size > 0) return;
    this.#stopTicking?.();
    this.#stopTicking = undefined;
  }

  #tick(): void {
    const version = this.#readVersion();
    if (version !== undefined && version === this.#version) return;
    this.#version = version;
    this.tell(undefined);
  }

  /** Undefined if the database cannot be read: watchers find that out when they ask it. */
  #readVersion(): string | undefined {
    try {
      return this.#othersVersion();
    } catch {
      return undefined;
    }
  }
}

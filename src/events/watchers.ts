import type { Target } from '../domain/target.ts';
import type { Timers } from './timers.ts';

/** How often it looks whether another process has written. */
const TICK_MS = 500;

/** Somebody who wants to know when an answer may have changed; what happened is not told. */
export interface Watcher {
  /**
   * Something was committed about these targets, be it that nothing changed; undefined where it may be about any. By
   * another process it is told within half a second.
   */
  changed(touched: readonly Target[] | undefined): void;
  /** It will be told nothing more. */
  closed(): void;
}

/** Everybody who watches. Nothing is looked at while nobody does. */
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

  /** Returns what ends it. */
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

  /** Undefined where the database cannot be read: watchers find that out themselves when they ask it. */
  #readVersion(): string | undefined {
    try {
      return this.#othersVersion();
    } catch {
      return undefined;
    }
  }
}

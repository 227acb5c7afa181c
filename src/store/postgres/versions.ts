import type { Queries } from '../queries.ts';
import { commitsOfOthers, latestVersion } from './node-row.ts';
import { numberEvents } from './numbering.ts';
import type { Reading } from './reading.ts';

/** How often it is looked whether another process has written. */
const EVERY_MS = 250;

/** Says whether anything was committed: by this process at once, by others within a moment. */
export class Versions {
  readonly #reading: Pick<Reading, 'session' | 'close'>;
  #own = 0;
  #isBusy = false;
  #others = '';
  #timer: NodeJS.Timeout | undefined;
  #nodeId: () => number | undefined = () => undefined;
  #looking: Promise<string> | undefined;
  #nextLook: Promise<string> | undefined;

  constructor(reading: Pick<Reading, 'session' | 'close'>) {
    this.#reading = reading;
  }

  /** Looks from time to time. `nodeId`: that of this process. */
  follow(nodeId: () => number | undefined): void {
    this.#nodeId = nodeId;
    this.#timer = setInterval(() => void this.#tick(), EVERY_MS).unref();
  }

  async look(): Promise<void> {
    this.#others = await commitsOfOthers(this.#reading.session, this.#nodeId());
  }

  /** Also numbers the events of everybody: those of a process that died would wait for the next reader. */
  async #tick(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    // What failed is made good by the next one.
    await this.look().catch(() => undefined);
    await numberEvents(this.#reading.session).catch(() => undefined);
    this.#isBusy = false;
  }

  committed(): void {
    this.#own++;
  }

  queries(): Pick<Queries, 'version' | 'othersVersion' | 'latestVersion'> {
    return {
      version: () => `${this.#own} ${this.#others}`,
      othersVersion: () => this.#others,
      latestVersion: () => this.#latest(),
    };
  }

  /** Those who ask while it is read share the next read: this one may have begun too early for them. */
  #latest(): Promise<string> {
    if (this.#looking === undefined) return this.#lookNow();
    this.#nextLook ??= this.#looking
      .catch(() => undefined)
      .then(() => {
        this.#nextLook = undefined;
        return this.#lookNow();
      });
    return this.#nextLook;
  }

  #lookNow(): Promise<string> {
    this.#looking = latestVersion(this.#reading.session).finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#reading.close();
  }
}

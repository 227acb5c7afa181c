import type { Queries } from '../queries.ts';
import { commitsOfOthers, latestVersion } from './node-row.ts';
import { numberEvents } from './numbering.ts';
import type { Reading } from './reading.ts';

/** How often it checks whether another process has written. */
const EVERY_MS = 250;

/** Changes with each commit: of this process at once, of others shortly after. */
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

  /** Polls. `nodeId`: of this process. */
  follow(nodeId: () => number | undefined): void {
    this.#nodeId = nodeId;
    this.#timer = setInterval(() => void this.#tick(), EVERY_MS).unref();
  }

  async look(): Promise<void> {
    this.#others = await commitsOfOthers(this.#reading.session, this.#nodeId());
  }

  /** It also numbers the events of all processes: those of a dead process would wait for the next reader. */
  async #tick(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    // The next poll makes up for a failed one.
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

  /** Callers during a read share the next one: this one may have begun too early for them. */
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

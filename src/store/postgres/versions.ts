import { commitsOfOthers } from './node-row.ts';
import { numberEvents } from './numbering.ts';
import type { Session } from './session.ts';

/** How often it is looked whether another process has written. */
const EVERY_MS = 250;

/** Says whether anything was committed: by this process at once, by others within a moment. */
export class Versions {
  readonly #session: Session;
  #own = 0;
  #isBusy = false;
  #others = '';
  #timer: NodeJS.Timeout | undefined;
  #nodeId: () => number | undefined = () => undefined;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Looks from time to time. `nodeId`: that of this process. */
  follow(nodeId: () => number | undefined): void {
    this.#nodeId = nodeId;
    this.#timer = setInterval(() => void this.#tick(), EVERY_MS).unref();
  }

  async look(): Promise<void> {
    this.#others = await commitsOfOthers(this.#session, this.#nodeId());
  }

  /** Also numbers the events of everybody: those of a process that died would wait for the next reader. */
  async #tick(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    // What failed is made good by the next one.
    await this.look().catch(() => undefined);
    await numberEvents(this.#session).catch(() => undefined);
    this.#isBusy = false;
  }

  committed(): void {
    this.#own++;
  }

  get others(): string {
    return this.#others;
  }

  version(): string {
    return `${this.#own} ${this.#others}`;
  }

  close(): void {
    clearInterval(this.#timer);
  }
}

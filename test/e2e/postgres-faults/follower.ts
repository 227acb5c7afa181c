import { setTimeout as sleep } from 'node:timers/promises';
import { EventStream } from '../../http/event-stream.ts';
import type { Fleet } from './fleet.ts';

const PAUSE_MS = 50;

/** What is told of a target, as far as it matters here. */
export interface Heard {
  readonly seq: number;
  readonly kind: string;
  readonly repo: string | null;
  readonly server: string | null;
  readonly previous_state: string | null;
  readonly state: string | null;
}

/** Listens to the events of a node; where that ends it goes on at the next one, after the last event that it has. */
export class Follower {
  /** In the order of arrival. */
  readonly heard: Heard[] = [];
  /** How often it was told that something is missing. */
  resets = 0;
  readonly #fleet: Fleet;
  readonly #ending = new AbortController();
  readonly #running: Promise<void>;

  /** `place`: the node that it listens to first. */
  constructor(fleet: Fleet, place: number) {
    this.#fleet = fleet;
    this.#running = this.#follow(place);
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#running;
  }

  async #follow(first: number): Promise<void> {
    for (let place = first; !this.#ending.signal.aborted; place++) {
      // It ends where the node or its database does, which is what these tests are about.
      await this.#listen(place).catch(() => undefined);
      await sleep(PAUSE_MS);
    }
  }

  async #listen(place: number): Promise<void> {
    const answer = await fetch(`${this.#fleet.at(place).url}/api/v1/events`, {
      headers: { 'Last-Event-ID': String(this.heard.at(-1)?.seq ?? 0) },
      signal: this.#ending.signal,
    });
    if (!answer.ok) return void (await answer.text());
    const stream = new EventStream(answer);
    for (let seen = await stream.next(); seen !== undefined; seen = await stream.next()) {
      if (seen.event === 'reset') this.resets++;
      else this.heard.push(seen.data as Heard);
    }
  }
}

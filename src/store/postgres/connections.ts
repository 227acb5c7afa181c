import type pg from 'pg';
import type { Patience } from './connection.ts';
import type { Servers } from './servers.ts';

interface Options {
  readonly servers: Servers;
  readonly patience: Patience;
  /** The most that are open at a time. */
  readonly max: number;
}

/**
 * Lends connections. If all are lent, one waits until another is given back: for how long is a matter of its own
 * deadline, and has nothing to do with how long connecting may take.
 */
export class Connections {
  readonly #options: Options;
  readonly #idle: pg.Client[] = [];
  readonly #lent = new Set<pg.Client>();
  readonly #running = new Set<Promise<unknown>>();
  readonly #waiting: (() => void)[] = [];
  #isClosed = false;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Runs `work` on a connection of its own. After a failure that connection is closed, which ends its transaction. */
  async lend<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    while (this.#running.size >= this.#options.max) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    const running = this.#run(work);
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
      this.#waiting.shift()?.();
    }
  }

  /** Ends all connections that are lent: the server ends their statements within a second. */
  cut(): void {
    for (const client of this.#lent) end(client);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#running);
    for (const client of this.#idle.splice(0)) await client.end();
  }

  async #run<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = this.#idleOne() ?? (await this.#open());
    let isBroken = true;
    this.#lent.add(client);
    try {
      const result = await work(client);
      isBroken = false;
      return result;
    } finally {
      this.#lent.delete(client);
      if (isBroken || this.#isClosed) end(client);
      else this.#idle.push(client);
    }
  }

  /** Connections to a server that is no longer used may miss what is written to the new one. */
  #idleOne(): pg.Client | undefined {
    for (let client = this.#idle.pop(); client !== undefined; client = this.#idle.pop()) {
      if (this.#options.servers.isCurrent(client)) return client;
      end(client);
    }
    return undefined;
  }

  async #open(): Promise<pg.Client> {
    const { servers, patience } = this.#options;
    const client = await servers.connect(patience);
    client.once('end', () => {
      const place = this.#idle.indexOf(client);
      if (place >= 0) this.#idle.splice(place, 1);
    });
    return client;
  }
}

/** It may be half dead, so its end is not waited for. */
function end(client: pg.Client): void {
  client.end().catch(() => undefined);
}

const STEP_MS = 250;
const REACH_BACK_MS = 4 * 3_600_000;
const SERVERS = 8;
const BATCH = 5;

interface Body {
  /** Tells each report from every other: kept and given back like any key that the server does not know. */
  readonly serial: number;
  readonly [field: string]: unknown;
}

/** A server, or what stands before it. */
interface Reachable {
  readonly url: string;
}

/** What came of one request, as its sender sees it. */
export interface Outcome {
  readonly serials: readonly number[];
  /** Undefined where the connection broke before the whole answer was there. */
  readonly status: number | undefined;
}

/**
 * Sends reports over many connections at once, and notes what became of each request: a stand-in for a fleet.
 * Targets drift and recover, come out of order, alone and in arrays, and some are sent twice.
 */
export class Load {
  readonly outcomes: Outcome[] = [];
  readonly #server: Reachable;
  readonly #repo: string;
  readonly #startedAt: number;
  #next = 0;
  #isOver = false;

  constructor(server: Reachable, { repo, now = Date.now() }: { repo: string; now?: number }) {
    this.#server = server;
    this.#repo = repo;
    this.#startedAt = now - REACH_BACK_MS;
  }

  /** Keeps so many connections busy, each until its first request without an answer, or until `stop`. */
  async run(connections: number): Promise<void> {
    await Promise.all(Array.from({ length: connections }, () => this.#keepSending()));
  }

  stop(): void {
    this.#isOver = true;
  }

  /** One request with new reports, and now and then the same once more. */
  async send(): Promise<Outcome> {
    const bodies = this.#nextBodies();
    const outcome = await this.post(bodies);
    return bodies.some(({ serial }) => serial % 17 === 0) && outcome.status !== undefined
      ? this.post(bodies)
      : outcome;
  }

  /** Sends again everything that has no acknowledgement, as a pipeline would. */
  async retry(server: Reachable): Promise<readonly Outcome[]> {
    const acknowledged = this.acknowledged;
    const left = [...this.sent].filter((serial) => !acknowledged.has(serial));
    const retries: Outcome[] = [];
    for (let i = 0; i < left.length; i += 500) {
      const bodies = left.slice(i, i + 500).map((serial) => this.#body(serial));
      retries.push(await this.post(bodies, server));
    }
    return retries;
  }

  get sent(): Set<number> {
    return new Set(this.outcomes.flatMap(({ serials }) => serials));
  }

  get acknowledged(): Set<number> {
    const accepted = this.outcomes.filter(({ status }) => status === 200 || status === 201);
    return new Set(accepted.flatMap(({ serials }) => serials));
  }

  async post(bodies: readonly Body[], server = this.#server): Promise<Outcome> {
    const serials = bodies.map(({ serial }) => serial);
    const status = await statusOf(`${server.url}/api/v1/reports`, bodies.length === 1 ? bodies[0] : bodies);
    const outcome = { serials, status };
    this.outcomes.push(outcome);
    return outcome;
  }

  async #keepSending(): Promise<void> {
    while (!this.#isOver) {
      const { status } = await this.send();
      if (status === undefined) return;
    }
  }

  #nextBodies(): Body[] {
    const length = this.#next % 4 === 0 ? BATCH : 1;
    const first = this.#next;
    this.#next += length;
    return Array.from({ length }, (_, i) => this.#body(first + i));
  }

  #body(serial: number): Body {
    // Every instant is its own, and each pair of a target's reports changes places.
    const checkedAt = this.#startedAt + (serial ^ SERVERS) * STEP_MS;
    return {
      repo: this.#repo,
      server: `s${serial % SERVERS}`,
      ...(FINDINGS[Math.floor(serial / 24) % FINDINGS.length] ?? {}),
      last_check: new Date(checkedAt).toISOString(),
      commit: `c${Math.floor(serial / 200)}`,
      serial,
    };
  }
}

const FINDINGS = [
  { sync_status: 'SYNCED' },
  { sync_status: 'OUT_OF_SYNC', files: [{ name: 'a' }] },
  { sync_status: 'OUT_OF_SYNC', files: [{ name: 'b' }, { name: 'a' }] },
  { sync_status: 'SYNCED' },
  { sync_status: 'UNKNOWN', error: 'no route to host' },
];

/** Undefined where the answer did not come whole: only a whole one is an acknowledgement. */
async function statusOf(url: string, body: unknown): Promise<number | undefined> {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    await answer.json();
    return answer.status;
  } catch {
    return undefined; // A broken connection is what these tests are about.
  }
}

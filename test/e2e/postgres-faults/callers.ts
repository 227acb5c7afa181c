import { setTimeout as sleep } from 'node:timers/promises';
import type { Fleet } from './fleet.ts';

const HOUR_MS = 3_600_000;
export const SERVERS = 6;
const CALLERS = 6;
/** One of so many reports comes late. */
const LATE_EVERY = 12;
/** After so long a caller asks another node: what became of the report is not known then. */
const PATIENCE_MS = 2000;
/** So that there is a bound to what they send, and to how often they ask in vain. */
const PAUSE_MS = 25;
const PAUSE_AFTER_FAILURE_MS = 50;

/** Pipelines: each sends its reports to one node after the other until they are acknowledged. */
export class Callers {
  readonly repo: string;
  readonly acknowledged = new Set<number>();
  readonly sent = new Set<number>();
  /** Answers that no pipeline should ever get. */
  readonly wrong: string[] = [];
  /** When there was an acknowledgement, in milliseconds of `performance.now()`. */
  readonly acknowledgedAt: number[] = [];
  /** How many requests had to be sent again. */
  refused = 0;
  readonly #fleet: Fleet;
  readonly #byNode: number[];
  #next = 0;
  #turn = 0;
  #lastCheckAt = 0;
  #isOver = false;
  #isAbandoned = false;
  #running: Promise<unknown> = Promise.resolve();

  constructor(fleet: Fleet, repo: string) {
    this.#fleet = fleet;
    this.repo = repo;
    this.#byNode = Array.from({ length: fleet.size }, () => 0);
  }

  start(): void {
    this.#running = Promise.all(Array.from({ length: CALLERS }, () => this.#keepSending()));
  }

  /** Resolves once everything that was sent is acknowledged. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#running;
  }

  /** Sends nothing any more, whatever is not acknowledged yet: after a test that failed. */
  abandon(): void {
    this.#isOver = true;
    this.#isAbandoned = true;
  }

  /** How many reports each node has acknowledged. */
  get byNode(): readonly number[] {
    return [...this.#byNode];
  }

  /** Sends another report, and does not wait for it. Its serial, which tells it from others. */
  sendOne(): number {
    const serial = this.#next++;
    this.#running = Promise.all([this.#running, this.#deliver([serial])]);
    return serial;
  }

  async #keepSending(): Promise<void> {
    while (!this.#isOver) {
      const serials = Array.from({ length: 1 + (this.#next % 3) }, () => this.#next++);
      await this.#deliver(serials);
      await sleep(PAUSE_MS);
    }
  }

  async #deliver(serials: readonly number[]): Promise<void> {
    for (const serial of serials) this.sent.add(serial);
    const bodies = serials.map((serial) => this.#body(serial));
    while (!this.#isAbandoned) {
      const node = this.#turn++;
      const status = await statusOf(this.#fleet.at(node).url, bodies);
      if (status === 200 || status === 201) return this.#take(serials, node);
      if (status !== undefined && status !== 503) {
        this.wrong.push(`${status} for the reports ${serials.join()} of ${this.repo}`);
        return;
      }
      this.refused++;
      await sleep(PAUSE_AFTER_FAILURE_MS);
    }
  }

  #take(serials: readonly number[], node: number): void {
    for (const serial of serials) this.acknowledged.add(serial);
    this.acknowledgedAt.push(performance.now());
    const place = node % this.#byNode.length;
    this.#byNode[place] = (this.#byNode[place] ?? 0) + 1;
  }

  #body(serial: number) {
    // No two have the same instant.
    this.#lastCheckAt = Math.max(Date.now(), this.#lastCheckAt + 1);
    const delay = serial % LATE_EVERY === LATE_EVERY - 1 ? HOUR_MS : 0;
    return {
      repo: this.repo,
      server: `s${serial % SERVERS}`,
      ...findingOf(this.repo, Math.floor(serial / SERVERS)),
      last_check: new Date(this.#lastCheckAt - delay).toISOString(),
      commit: `c${Math.floor(serial / 100)}`,
      expected_interval_s: 86_400,
      serial,
    };
  }
}

/** What is found the `round`th time: now and then something that nobody has found before. */
function findingOf(repo: string, round: number) {
  const found = [
    { sync_status: 'SYNCED' },
    { sync_status: 'SYNCED' },
    { sync_status: 'OUT_OF_SYNC', files: [{ name: driftName(repo, Math.floor(round / 5)) }] },
    { sync_status: 'OUT_OF_SYNC', files: [{ name: 'always' }, { name: 'the same' }] },
    { sync_status: 'UNKNOWN', error: 'no route to host' },
  ];
  return found[round % found.length];
}

export function driftName(repo: string, time: number): string {
  return `${repo}-${time}`;
}

/** Undefined if no whole answer came in time. */
async function statusOf(url: string, bodies: readonly object[]): Promise<number | undefined> {
  try {
    const answer = await fetch(`${url}/api/v1/reports`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(bodies),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    await answer.json();
    return answer.status;
  } catch {
    return undefined; // What became of it is not known: that is what these tests are about.
  }
}

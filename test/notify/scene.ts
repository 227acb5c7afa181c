import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { backUp, openStore, restore } from '../../src/database.ts';
import type { Message, Problem } from '../../src/domain/notify/message.ts';
import type { Route, Routing } from '../../src/domain/notify/routing.ts';
import type { Target } from '../../src/domain/target.ts';
import type { AlertChannel, MessageChannel } from '../../src/notify/channel.ts';
import { ChannelHealth } from '../../src/notify/channel-health.ts';
import { alertDelivery, type Delivery, messageDelivery } from '../../src/notify/delivery.ts';
import { readHandling } from '../../src/notify/handling.ts';
import { LogPages } from '../../src/notify/log-pages.ts';
import { Planner } from '../../src/notify/planner.ts';
import { FOREVER } from '../../src/store/sqlite/always-held.ts';
import type { Store } from '../../src/store/store.ts';
import { aReport, aSubmission, DAY, MINUTE, NOON, recordAll } from '../fixtures.ts';
import { folderInMemory } from '../folder-in-memory.ts';

export const SECOND = 1000;
const YEAR = 365 * DAY;
const VERSION = '1.2.3';

type Traits = Parameters<typeof aReport>[0];

/** A channel that remembers what it got, and can be broken. */
export class FakeChannel implements MessageChannel {
  readonly kind = 'messages';
  readonly name: string;
  readonly sent: Message[] = [];
  /** The error of the next sends. */
  failure: Error | undefined;

  constructor(name = 'ops') {
    this.name = name;
  }

  async send(message: Message): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    this.sent.push(structuredClone(message));
  }
}

/** An alert channel that remembers what it was last told. */
export class FakeAlerts implements AlertChannel {
  readonly kind = 'alerts';
  readonly name = 'alertmanager';
  firing: readonly Problem[] = [];
  resolved: readonly Problem[] = [];
  told = 0;

  async tell({ firing, resolved }: { firing: readonly Problem[]; resolved: readonly Problem[] }) {
    this.told++;
    this.firing = firing;
    this.resolved = resolved;
  }
}

/** Everything to everybody by default. */
function routingTo(channel: string, route: Partial<Route> = {}): Routing {
  return { routes: [{ matchers: {}, channels: [channel], ...route }], channels: [channel] };
}

interface SceneOptions {
  readonly route?: Partial<Route>;
  readonly channel?: MessageChannel | AlertChannel;
}

/** A store, one channel and a clock that only moves when the test says so. */
export class Scene {
  readonly ops: FakeChannel;
  readonly channel: MessageChannel | AlertChannel;
  now = NOON;
  store: Store;
  muted: (problem: Problem) => boolean = () => false;
  acknowledgedBy: (problem: Problem) => string | undefined = () => undefined;
  health: ChannelHealth;
  readonly counted: string[] = [];
  readonly logged: unknown[] = [];
  readonly #folder = folderInMemory();
  #routing: Routing;
  #planner: Planner;
  #delivery: Delivery;
  #ids = 0;
  #quietUntil = 0;
  #hasSwept = false;

  constructor({ route, channel }: SceneOptions = {}) {
    this.ops = new FakeChannel();
    this.channel = channel ?? this.ops;
    this.#routing = routingTo(this.channel.name, route);
    this.store = this.#open();
    [this.#planner, this.#delivery, this.health] = this.#build();
  }

  get #path(): string {
    return join(this.#folder, 'status.db');
  }

  get sent(): readonly Message[] {
    return this.ops.sent;
  }

  /** A short form of what was sent: its phase, the condition, the servers, and how many are still open. */
  get said(): string[] {
    return this.sent.map(
      ({ phase, condition, problems, stillOpen }) =>
        `${phase} ${condition} ${problems.map(({ target }) => target.server).join(' ')} / ${stillOpen}`,
    );
  }

  #open(): Store {
    return openStore({ databasePath: this.#path }, VERSION, () => this.now);
  }

  #build(): [Planner, Delivery, ChannelHealth] {
    this.#hasSwept = false;
    const { channel } = this;
    const { name, kind } = channel;
    const clock = () => this.now;
    const health = new ChannelHealth({
      name,
      clock,
      random: () => 1,
      log: { info: (...line) => this.logged.push(line), error: (...line) => this.logged.push(line) },
      count: (outcome) => this.counted.push(outcome),
    });
    const handling = async (targets: readonly Target[]) => {
      const stored = await readHandling(this.store, targets, this.now);
      return {
        isMuted: (problem: Problem) => this.muted(problem) || stored.isMuted(problem),
        acknowledgedBy: (problem: Problem) => this.acknowledgedBy(problem) ?? stored.acknowledgedBy(problem),
      };
    };
    const planner = new Planner(
      { name, kind, routing: this.#routing },
      {
        store: this.store,
        term: FOREVER,
        pages: new LogPages(this.store, clock),
        clock,
        newId: () => `m${++this.#ids}`,
        digest: (text) => createHash('sha256').update(text).digest('hex'),
        turn: async () => undefined,
        handling,
        quietUntil: this.#quietUntil,
      },
    );
    const deps = {
      store: this.store,
      term: FOREVER,
      clock,
      health,
      handling,
      sent: new Map<string, string>(),
    };
    const delivery =
      channel.kind === 'alerts' ? alertDelivery(channel, deps) : messageDelivery(channel, deps);
    return [planner, delivery, health];
  }

  /** The routes of the default scene, without the wait for a drift to last. */
  async withoutWaiting(): Promise<void> {
    await this.restart({ forMs: { drift: 0, unknown: 0, stale: 0, never_reported: 0 } });
  }

  /** Another process with the same data, and possibly other routes. */
  async restart(route?: Partial<Route>, { quietMs = 0 } = {}): Promise<void> {
    await this.store.close();
    this.#quietUntil = this.now + quietMs;
    if (route !== undefined) this.#routing = routingTo(this.channel.name, route);
    this.store = this.#open();
    [this.#planner, this.#delivery, this.health] = this.#build();
  }

  /** The same with other routes. */
  async reroute(routes: Routing['routes']): Promise<void> {
    this.#routing = { ...this.#routing, routes };
    await this.restart();
  }

  async report(...reports: Traits[]): Promise<void> {
    await recordAll(
      this.store,
      reports.map((traits) => aReport({ lastCheckAt: this.now, staleAfterMs: YEAR, ...traits })),
    );
  }

  /** The same for a report that may be refused. */
  async reportIfTaken(traits: Traits): Promise<void> {
    await this.store.record([aSubmission([aReport(traits)])]);
  }

  async import(...reports: Traits[]): Promise<void> {
    await recordAll(
      this.store,
      reports.map((traits) => aReport({ staleAfterMs: YEAR, ...traits })),
      {
        origin: 'import',
      },
    );
  }

  /** A copy of the present database. */
  async backup(): Promise<string> {
    const file = join(this.#folder, `backup-${this.now}.db`);
    await backUp({ databasePath: this.#path }, { file, version: VERSION });
    return file;
  }

  async restoreFrom(file: string): Promise<void> {
    await this.store.close();
    restore({ databasePath: this.#path }, { file, version: VERSION, now: this.now });
    this.store = this.#open();
    [this.#planner, this.#delivery, this.health] = this.#build();
  }

  drift(server: string, traits: Traits = {}): Promise<void> {
    return this.report({ server, syncStatus: 'OUT_OF_SYNC', files: ['a'], ...traits });
  }

  synced(server: string, traits: Traits = {}): Promise<void> {
    return this.report({ server, ...traits });
  }

  /** Decides and delivers everything at this instant. */
  async work(): Promise<number> {
    for (;;) {
      await this.decide();
      const againAt = await this.#delivery.deliver(new AbortController().signal);
      if (againAt > this.now) return Math.min(againAt, (await this.#planner.nextAt()) ?? againAt);
    }
  }

  async decide(): Promise<void> {
    for (;;) {
      const written = await this.store.recordTimeChanges(500);
      if (written === 0) break;
    }
    await this.#planner.readLog();
    // What a server does when it starts.
    if (!this.#hasSwept) await this.#planner.sweep();
    this.#hasSwept = true;
    await this.#planner.tellDue();
  }

  /**
   * Lets time pass: it works at once, when something is due, and at each step, because silence is noticed in between.
   */
  async pass(ms: number, stepMs = MINUTE): Promise<void> {
    const end = this.now + ms;
    for (let next = await this.work(); this.now < end; next = await this.work()) {
      this.now = Math.min(end, this.now + stepMs, next);
    }
  }

  /** Lets time pass without work. */
  skip(ms: number): void {
    this.now += ms;
  }

  nextAt(): Promise<number | undefined> {
    return this.#planner.nextAt();
  }

  async close(): Promise<void> {
    await this.store.close();
    rmSync(this.#folder, { recursive: true });
  }
}

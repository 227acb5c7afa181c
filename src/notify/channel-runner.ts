import type { Routing } from '../domain/notify/routing.ts';
import { type Term, TermOver } from '../store/leases.ts';
import type { Channel } from './channel.ts';
import { ChannelHealth } from './channel-health.ts';
import { alertDelivery, type Delivery, messageDelivery } from './delivery.ts';
import { Planner, type PlannerDeps } from './planner.ts';
import { pause, WakeSignal } from './wake-signal.ts';

/** Another process may have written. */
const LOOK_MS = 5000;
/** Events come in bursts, and what they name is read once. */
const PAUSE_MS = 1000;
const SWEEP_MS = 5 * 60_000;
const HEARTBEAT_MS = 60_000;
/** Longer than any channel itself waits for its receiver. */
const SEND_MS = 120_000;
/** How long a message that is being sent may take when the server stops. */
const FINISH_MS = 5000;

export interface RunnerDeps extends PlannerDeps {
  readonly term: Term;
  /** It outlives terms and reloads. */
  readonly sent: Map<string, string>;
  readonly random: () => number;
  readonly log: { error(fields: object, message: string): void; info(fields: object, message: string): void };
  readonly count: (channel: string, outcome: 'sent' | 'failed') => void;
  /** Called after each look at the whole fleet. */
  readonly onSwept: () => Promise<void>;
}

interface OfChannel extends RunnerDeps {
  readonly routing: Routing;
  /** Asks the heartbeat URL of the channel. */
  readonly heartbeat: ((signal: AbortSignal) => Promise<void>) | undefined;
}

/** Works for one channel: it decides, delivers and asks the heartbeat URL, each in a loop of its own. */
export class ChannelRunner {
  readonly #channel: Channel;
  readonly #deps: OfChannel;
  readonly #planner: Planner;
  readonly #delivery: Delivery;
  readonly #health: ChannelHealth;
  readonly #events = new WakeSignal();
  readonly #decided = new WakeSignal();
  /** No more work begins, and running work is aborted. */
  readonly #stopping = new AbortController();
  readonly #ending = new AbortController();
  #sweepAt = 0;
  #isDeciding = false;
  #running: Promise<unknown> = Promise.resolve();

  constructor(channel: Channel, deps: OfChannel) {
    const { name, kind } = channel;
    const { clock, random, log, store, term, sent, count, handling } = deps;
    this.#channel = channel;
    this.#deps = deps;
    this.#planner = new Planner({ name, kind, routing: deps.routing }, deps);
    this.#health = new ChannelHealth({
      name,
      clock,
      random,
      log,
      count: (outcome) => count(name, outcome),
    });
    const delivery = { store, term, clock, health: this.#health, handling, sent };
    this.#delivery =
      channel.kind === 'alerts' ? alertDelivery(channel, delivery) : messageDelivery(channel, delivery);
  }

  start(): void {
    this.#running = Promise.all([
      this.#repeat('messages could not be planned', () => this.#decide()),
      this.#repeat('messages could not be delivered', () => this.#deliver()),
      this.#repeat('the heartbeat URL did not answer', () => this.#beat()),
    ]);
  }

  wake(): void {
    this.#events.wake();
  }

  problem(): string | undefined {
    return this.#health.problem();
  }

  get channel(): string {
    return this.#channel.name;
  }

  get isFailing(): boolean {
    return this.#health.isFailing;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    const timer = setTimeout(() => this.#ending.abort(), FINISH_MS);
    await this.#running;
    clearTimeout(timer);
  }

  async #repeat(failure: string, work: () => Promise<void>): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await work();
      } catch (error) {
        // Another process goes on with it.
        if (error instanceof TermOver) return;
        this.#deps.log.error({ err: error, channel: this.#channel.name }, `${failure}; it is tried again`);
        await pause(LOOK_MS, signal);
      }
    }
  }

  async #decide(): Promise<void> {
    const { clock, onSwept } = this.#deps;
    const { signal } = this.#stopping;
    this.#isDeciding = false;
    await this.#planner.readLog();
    if (clock() >= this.#sweepAt || this.#sweepAt > clock() + SWEEP_MS) {
      await this.#planner.sweep();
      await onSwept();
      this.#sweepAt = clock() + SWEEP_MS;
    }
    await this.#planner.tellDue();
    this.#isDeciding = true;
    if (this.#planner.takeChanged()) this.#decided.wake();
    await pause(PAUSE_MS, signal);
    const nextAt = (await this.#planner.nextAt()) ?? Number.POSITIVE_INFINITY;
    await this.#events.wait(Math.min(nextAt - clock(), LOOK_MS), signal);
  }

  async #deliver(): Promise<void> {
    const { clock, term } = this.#deps;
    const over = [this.#ending.signal, term.signal, AbortSignal.timeout(SEND_MS)];
    const signal = AbortSignal.any(over);
    const againAt = await this.#delivery.deliver(signal);
    if (againAt <= clock()) this.#events.wake();
    await this.#decided.wait(Math.min(againAt - clock(), HEARTBEAT_MS), this.#stopping.signal);
  }

  /** A watchdog outside notices if this URL is no longer asked: then nobody here is told anything. */
  async #beat(): Promise<void> {
    const { heartbeat } = this.#deps;
    const { signal } = this.#stopping;
    if (heartbeat !== undefined && this.#isDeciding && !this.#health.isFailing) await heartbeat(signal);
    await pause(HEARTBEAT_MS, signal);
  }
}

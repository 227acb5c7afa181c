import type { Problem } from '../domain/notify/message.ts';
import { problemsOf } from '../domain/notify/problems.ts';
import { isRouted } from '../domain/notify/route-problem.ts';
import type { Routing } from '../domain/notify/routing.ts';
import type { Channel } from './channel.ts';
import { type ChannelReport, ChannelRunner, type RunnerDeps } from './channel-runner.ts';
import { LogPages } from './log-pages.ts';

/** Who is told what, and by which means. */
export interface Notifying {
  readonly routing: Routing;
  readonly channels: readonly Channel[];
  /** By channel, what asks its heartbeat URL. */
  readonly heartbeats: ReadonlyMap<string, (signal: AbortSignal) => Promise<void>>;
}

/** Tells channels what is wrong. Without channels it does nothing. */
export interface Courier {
  start(): void;
  /** Call it after a commit that may have written events. It costs nothing. */
  wake(): void;
  /** From now on these are told. What they were told before counts. */
  reload(notifying: Notifying): Promise<void>;
  /** What the pages say about channels that are down, and about problems that no route leads anywhere. */
  problem(): string | undefined;
  /** How many problems there are now that no route leads to a channel; as of the last few minutes. */
  unrouted(): number;
  report(): Promise<readonly ChannelReport[]>;
  /** Finishes what is being sent within seconds. */
  stop(): Promise<void>;
}

type CourierDeps = Omit<RunnerDeps, 'quietUntil' | 'onSwept' | 'pages'>;

/** Reports from the time when the server was down arrive in the first minute; then the first silence is told. */
const QUIET_MS = 75_000;
const SLICE = 200;

export function createCourier(first: Notifying, deps: CourierDeps): Courier {
  const quietUntil = deps.clock() + QUIET_MS;
  const pages = new LogPages(deps.store, deps.clock);
  let current = first;
  let isStarted = false;
  let unrouted = 0;
  let reloading: Promise<void> = Promise.resolve();
  let runners = runnersOf(first);

  function runnersOf({ routing, channels, heartbeats }: Notifying): readonly ChannelRunner[] {
    return channels.map((channel, i) => {
      const onSwept = i === 0 ? countUnrouted : async () => undefined;
      return new ChannelRunner(channel, {
        routing,
        heartbeat: heartbeats.get(channel.name),
        ...deps,
        quietUntil,
        pages,
        onSwept,
      });
    });
  }

  async function replaceBy(notifying: Notifying): Promise<void> {
    await Promise.all(runners.map((runner) => runner.stop()));
    current = notifying;
    unrouted = 0;
    runners = runnersOf(notifying);
    if (isStarted) for (const runner of runners) runner.start();
  }

  async function countUnrouted(): Promise<void> {
    const { store, clock, turn } = deps;
    let found = 0;
    const { routing } = current;
    for (let after: number | undefined = 0; after !== undefined; await turn()) {
      const ids: readonly number[] = await store.troubledTargets(after, SLICE, clock());
      const facts = await store.targetFacts({ ids, now: clock() });
      const problems: readonly Problem[] = facts.flatMap((of) => problemsOf(of, clock()));
      found += problems.filter((problem) => !isRouted(routing, problem)).length;
      after = ids.at(-1);
    }
    unrouted = found;
  }

  return {
    start() {
      isStarted = true;
      for (const runner of runners) runner.start();
    },
    wake() {
      for (const runner of runners) runner.wake();
    },
    reload(notifying) {
      // One after the other: a channel must never have two runners.
      reloading = reloading.then(() => replaceBy(notifying));
      return reloading;
    },
    problem() {
      const problems = runners.flatMap((runner) => runner.problem() ?? []);
      if (unrouted > 0) problems.push(unroutedText(unrouted));
      return problems.length === 0 ? undefined : problems.join(' ');
    },
    unrouted: () => unrouted,
    report: () => Promise.all(runners.map((runner) => runner.report())),
    async stop() {
      isStarted = false;
      await reloading;
      await Promise.all(runners.map((runner) => runner.stop()));
    },
  };
}

function unroutedText(unrouted: number): string {
  const problems = unrouted === 1 ? '1 problem matches' : `${unrouted} problems match`;
  return `${problems} no route, so nobody is told about that: see "notify explain" in docs/notifications.md.`;
}

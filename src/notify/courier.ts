import type { Problem } from '../domain/notify/message.ts';
import { problemsOf } from '../domain/notify/problems.ts';
import { isRouted } from '../domain/notify/route-problem.ts';
import type { Routing } from '../domain/notify/routing.ts';
import type { Lease, Leases, Term } from '../store/leases.ts';
import type { NotificationBacklog } from '../store/notifications.ts';
import type { Channel } from './channel.ts';
import { ChannelRunner, type RunnerDeps } from './channel-runner.ts';
import { LogPages } from './log-pages.ts';

/** Who is told what, and by which channel. */
export interface Notifying {
  readonly routing: Routing;
  readonly channels: readonly Channel[];
  /** By channel, the function that asks its heartbeat URL. */
  readonly heartbeats: ReadonlyMap<string, (signal: AbortSignal) => Promise<void>>;
}

/** The state of a channel's delivery. */
interface ChannelReport extends NotificationBacklog {
  readonly channel: string;
  /** As far as this process knows: it sends only while it has the lease. */
  readonly isFailing: boolean;
}

/** Tells channels what is wrong, while this process has the lease `messages`. Without channels it does nothing. */
export interface Courier {
  start(): void;
  /** Call it after a commit that may have written events. It costs nothing. */
  wake(): void;
  /** From now on these channels are told. What they were told before is remembered. */
  reload(notifying: Notifying): Promise<void>;
  /**
   * What the pages say about channels that are down, and about problems that no route leads anywhere. Where another
   * process sends, it is what that says.
   */
  problem(): string | undefined;
  /** How many problems there are now that no route leads to a channel; as of the last few minutes. 0 where another sends. */
  unrouted(): number;
  report(): Promise<readonly ChannelReport[]>;
  /** Finishes what is being sent, within seconds. */
  stop(): Promise<void>;
}

interface CourierDeps extends Omit<RunnerDeps, 'term' | 'sent' | 'quietUntil' | 'onSwept' | 'pages'> {
  readonly store: RunnerDeps['store'] & { readonly leases: Leases };
}

/** Reports from a time when the server was down arrive in the first minute; only then is silence told. */
const QUIET_MS = 75_000;
const SLICE = 200;

export function createCourier(first: Notifying, deps: CourierDeps): Courier {
  const quietUntil = deps.clock() + QUIET_MS;
  const pages = new LogPages(deps.store, deps.clock);
  const sent = new Map<string, string>();
  let current = first;
  let lease: Lease | undefined;
  let unrouted = 0;
  let runners: readonly ChannelRunner[] = [];
  let changing: Promise<void> = Promise.resolve();

  function runnersIn(term: Term): readonly ChannelRunner[] {
    const { routing, channels, heartbeats } = current;
    return channels.map((channel, i) => {
      const onSwept = async () => {
        if (i === 0) unrouted = await countUnrouted(routing, deps);
      };
      return new ChannelRunner(channel, {
        routing,
        heartbeat: heartbeats.get(channel.name),
        ...deps,
        term,
        sent,
        quietUntil,
        pages,
        onSwept,
      });
    });
  }

  /** One after the other: a channel must never have two runners. */
  function change(notifying?: Notifying): Promise<void> {
    changing = changing.then(() => beginAgain(notifying));
    return changing;
  }

  async function beginAgain(notifying = current): Promise<void> {
    await Promise.all(runners.map((runner) => runner.stop()));
    current = notifying;
    unrouted = 0;
    const term = lease?.term;
    runners = term === undefined ? [] : runnersIn(term);
    for (const runner of runners) runner.start();
  }

  function onTerm({ signal }: Term): void {
    void change();
    signal.addEventListener('abort', () => void change());
  }

  async function report({ name: channel }: Channel): Promise<ChannelReport> {
    const isFailing = runners.some((runner) => runner.channel === channel && runner.isFailing);
    return { channel, isFailing, ...(await deps.store.backlog(channel)) };
  }

  function problem(): string | undefined {
    const problems = runners.flatMap((runner) => runner.problem() ?? []);
    if (unrouted > 0) problems.push(unroutedText(unrouted));
    return problems.length === 0 ? undefined : problems.join(' ');
  }

  return {
    start() {
      lease = deps.store.leases.want('messages', { onTerm, say: problem });
    },
    wake() {
      for (const runner of runners) runner.wake();
    },
    reload: (notifying) => change(notifying),
    problem: () => problem() ?? lease?.heard,
    unrouted: () => unrouted,
    report: () => Promise.all(current.channels.map(report)),
    async stop() {
      const left = lease;
      lease = undefined;
      await change();
      await left?.release();
    },
  };
}

/** How many problems there are now that no route leads to a channel. */
async function countUnrouted(routing: Routing, { store, clock, turn }: CourierDeps): Promise<number> {
  let found = 0;
  for (let after: number | undefined = 0; after !== undefined; await turn()) {
    const ids: readonly number[] = await store.troubledTargets(after, SLICE, clock());
    const facts = await store.targetFacts({ ids, now: clock() });
    const problems: readonly Problem[] = facts.flatMap((of) => problemsOf(of, clock()));
    found += problems.filter((problem) => !isRouted(routing, problem)).length;
    after = ids.at(-1);
  }
  return found;
}

function unroutedText(unrouted: number): string {
  const problems = unrouted === 1 ? '1 problem matches' : `${unrouted} problems match`;
  return (
    `${problems} no route, so nobody gets a message about them: see "notify explain" in ` +
    'docs/notifications.md.'
  );
}

import { type Matchers, matchesAll } from './matchers.ts';
import { CONDITIONS, type Condition, type Problem } from './message.ts';
import type { Notification } from './notification.ts';
import { problemsOf, type TargetFacts } from './problems.ts';
import { matchedOf, type Routed, timingFor } from './route-problem.ts';
import type { Route, Routing } from './routing.ts';

/** Who is told about one condition of a target, and why others are not. */
export interface Explanation {
  readonly condition: Condition;
  /** When the condition began. Undefined if it does not hold: the rest then says what would happen. */
  readonly since: number | undefined;
  /** In the order of the file. */
  readonly routes: readonly ExplainedRoute[];
  readonly channels: readonly ExplainedChannel[];
}

export interface ExplainedRoute {
  readonly channels: readonly string[];
  /** What does not match, such as `server` or `labels.env`; empty if the route applies. */
  readonly failing: readonly string[];
  /** Matchers that cannot be compared yet: files and cause are known only once something is wrong. */
  readonly open: readonly string[];
}

interface ExplainedChannel {
  readonly channel: string;
  readonly outcome: Outcome;
}

/** Instants are epoch milliseconds. */
export type Outcome =
  | { readonly kind: 'no_route' }
  | { readonly kind: 'would_be_told'; readonly afterMs: number }
  /** Undefined if the server has not seen it yet. */
  | { readonly kind: 'waits'; readonly until: number | undefined }
  | { readonly kind: 'muted' }
  /** It is told with the others of the target: see `Notification`. */
  | { readonly kind: 'flaps'; readonly toldAt: number | undefined }
  | { readonly kind: 'told'; readonly at: number; readonly acknowledgedBy: string | undefined };

export interface ExplainInput {
  readonly now: number;
  readonly routing: Routing;
  readonly facts: TargetFacts;
  /** By channel, its open notifications about the target. */
  readonly notifications: ReadonlyMap<string, readonly Notification[]>;
  readonly isMuted: (problem: Problem) => boolean;
  readonly acknowledgedBy: (problem: Problem) => string | undefined;
}

/** One explanation for each condition that a target can have, in the order of `CONDITIONS`. */
export function explain(input: ExplainInput): readonly Explanation[] {
  const { facts, now, routing } = input;
  const problems = problemsOf(facts, now);
  return CONDITIONS.map((condition) => {
    const problem = problems.find((one) => one.condition === condition);
    const routed = problem ?? imagined(facts, condition);
    return {
      condition,
      since: problem?.since,
      routes: routing.routes.map((route) => explainRoute(route, routed, problem !== undefined)),
      channels: routing.channels.map((channel) => ({
        channel,
        outcome:
          problem === undefined
            ? whatWouldHappen(channel, routed, routing)
            : outcomeOf(channel, problem, input),
      })),
    };
  });
}

function imagined({ target, labels }: TargetFacts, condition: Condition): Routed {
  return { target, labels, condition, incident: undefined, files: [], errorKind: undefined };
}

function explainRoute(route: Route, routed: Routed, isReal: boolean): ExplainedRoute {
  const matched = matchedOf(routed);
  const matchers = eachMatcher(route.matchers);
  const failing = matchers.filter(({ only }) => !matchesAll(only, matched)).map(({ name }) => name);
  const open = isReal ? [] : matchers.map(({ name }) => name).filter(isOfProblem);
  const isOther = route.conditions !== undefined && !route.conditions.includes(routed.condition);
  return {
    channels: route.channels,
    failing: [...(isOther ? ['conditions'] : []), ...failing.filter((name) => !open.includes(name))],
    open,
  };
}

function isOfProblem(name: string): boolean {
  return name === 'file' || name === 'cause';
}

/** The matchers one by one, with their names in the file. */
function eachMatcher(matchers: Matchers): readonly { readonly name: string; readonly only: Matchers }[] {
  const { labels = {}, ...others } = matchers;
  const ofLabels = Object.entries(labels).map(([key, patterns]) => ({
    name: `labels.${key}`,
    only: { labels: { [key]: patterns } },
  }));
  return [
    ...Object.entries(others).map(([name, patterns]) => ({ name, only: { [name]: patterns } })),
    ...ofLabels,
  ];
}

/** If nothing is wrong, files and cause are taken to match. */
function whatWouldHappen(channel: string, routed: Routed, { routes, channels }: Routing): Outcome {
  const open = routes.map(({ matchers: { file: _, cause: __, ...matchers }, ...route }) => ({
    ...route,
    matchers,
  }));
  const timing = timingFor({ routes: open, channels }, channel, routed);
  return timing === undefined ? { kind: 'no_route' } : { kind: 'would_be_told', afterMs: timing.forMs };
}

function outcomeOf(channel: string, problem: Problem, input: ExplainInput): Outcome {
  const { notifications, routing, isMuted, acknowledgedBy } = input;
  const { condition } = problem;
  const known = (notifications.get(channel) ?? []).filter(
    (one) => one.condition === condition && one.overAt === undefined,
  );
  const own = known.find(({ isFlapping }) => !isFlapping);
  if (own?.toldAt !== undefined) {
    return { kind: 'told', at: own.toldAt, acknowledgedBy: acknowledgedBy(problem) };
  }
  const flapping = known.find(({ isFlapping }) => isFlapping);
  if (flapping !== undefined) return { kind: 'flaps', toldAt: flapping.toldAt };
  if (timingFor(routing, channel, problem) === undefined) return { kind: 'no_route' };
  return isMuted(problem) ? { kind: 'muted' } : { kind: 'waits', until: own?.dueAt };
}

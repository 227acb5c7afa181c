import { type ExplainedRoute, type Explanation, explain, type Outcome } from '../domain/notify/explain.ts';
import type { Condition } from '../domain/notify/message.ts';
import type { Routing } from '../domain/notify/routing.ts';
import type { Target } from '../domain/target.ts';
import { readHandling } from '../notify/handling.ts';
import type { Store } from '../store/store.ts';

const WORDS: Readonly<Record<Condition, string>> = {
  drift: 'out of sync',
  unknown: 'unknown',
  stale: 'stale',
  never_reported: 'never reported',
};

/** Writes who is told about a target, by which route, and why others are not. Throws if there is no such target. */
export async function explainTarget(
  target: Target,
  { store, routing, now }: { store: Store; routing: Routing; now: number },
): Promise<string> {
  const [facts] = await store.targetFacts({ names: [target], now });
  if (facts === undefined) throw new Error(`There is no target ${target.repo} on ${target.server}.`);
  const notifications = new Map(
    await Promise.all(
      routing.channels.map(async (channel) => [channel, await store.openOf(channel, [facts.id])] as const),
    ),
  );
  const handling = await readHandling(store, [facts.target], now);
  const explained = explain({ now, routing, facts, notifications, ...handling });
  return `${explained.flatMap(linesOf).join('\n')}\n`;
}

function linesOf({ condition, since, routes, channels }: Explanation): readonly string[] {
  const head =
    since === undefined
      ? `If it is ${WORDS[condition]}:`
      : `It has been ${WORDS[condition]} since ${iso(since)}:`;
  return [
    head,
    ...routes.map((route, i) => `  route ${i + 1} to ${route.channels.join(', ')}: ${verdictOf(route)}`),
    ...channels.map(({ channel, outcome }) => `  channel ${channel}: ${outcomeText(outcome)}`),
  ];
}

function verdictOf({ failing, open }: ExplainedRoute): string {
  if (failing.length > 0) return `does not apply: ${failing.join(', ')} does not match`;
  return open.length > 0 ? `applies if ${open.join(' and ')} match` : 'applies';
}

function outcomeText(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'no_route':
      return 'not told: no route leads there';
    case 'would_be_told':
      return `told once it has lasted for ${outcome.afterMs / 60_000} min`;
    case 'waits':
      return outcome.until === undefined ? 'no server has seen it yet' : `told at ${iso(outcome.until)}`;
    case 'muted':
      return 'not told while it is muted';
    case 'flaps':
      return outcome.toldAt === undefined
        ? 'told within 15 s, as a target that flaps'
        : `told as a target that flaps, first at ${iso(outcome.toldAt)}; again daily`;
    case 'told':
      return outcome.acknowledgedBy === undefined
        ? `told at ${iso(outcome.at)}`
        : `told at ${iso(outcome.at)}; not repeated, because ${outcome.acknowledgedBy} works on it`;
  }
}

function iso(at: number): string {
  return new Date(at).toISOString();
}

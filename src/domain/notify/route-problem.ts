import { type Matched, matchesAll } from './matchers.ts';
import type { Condition, Problem } from './message.ts';
import { DEFAULT_FOR_MS, DEFAULT_REPEAT_MS, type Route, type Routing } from './routing.ts';

/** What routes are matched with. */
export type Routed = Pick<Problem, 'target' | 'labels' | 'condition' | 'incident' | 'files' | 'errorKind'>;

/** When a channel is told about a problem. */
export interface Timing {
  readonly forMs: number;
  readonly repeatMs: number;
}

/** The state that matchers see. A drift stays a drift if the target is silent as well. */
const STATE_OF: Readonly<Record<Condition, string>> = {
  drift: 'OUT_OF_SYNC',
  unknown: 'UNKNOWN',
  stale: 'STALE',
  never_reported: 'STALE',
};

/** A problem as matchers see it. */
export function matchedOf({ target, labels, condition, incident, files }: Routed): Matched {
  return { target, labels, files, cause: incident?.cause, state: STATE_OF[condition] };
}

/**
 * When a channel is told about a problem; undefined if no route leads there. Of several routes the shortest times
 * count.
 */
export function timingFor({ routes }: Routing, channel: string, problem: Routed): Timing | undefined {
  const { condition } = problem;
  const leading = routes.filter((route) => route.channels.includes(channel) && leads(route, problem));
  if (leading.length === 0) return undefined;
  return {
    forMs: Math.min(...leading.map(({ forMs }) => forMs?.[condition] ?? DEFAULT_FOR_MS[condition])),
    repeatMs: Math.min(...leading.map(({ repeatMs = DEFAULT_REPEAT_MS }) => repeatMs)),
  };
}

/** Whether any route leads from the problem to a channel. */
export function isRouted({ routes }: Routing, problem: Routed): boolean {
  return routes.some((route) => route.channels.length > 0 && leads(route, problem));
}

function leads({ conditions, matchers }: Route, problem: Routed): boolean {
  const tells = conditions === undefined || conditions.includes(problem.condition);
  return tells && matchesAll(matchers, matchedOf(problem));
}

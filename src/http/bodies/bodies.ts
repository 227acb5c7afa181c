import { setImmediate } from 'node:timers/promises';
import type { HttpSettings } from '../deps.ts';
import { type BodyBudget, createBodyBudget } from './body-budget.ts';
import { createTurnstile, type Turnstile } from './turnstile.ts';

/** What bounds all bodies together, over all connections and routes. */
export interface Bodies {
  readonly budget: BodyBudget;
  readonly turnstile: Turnstile;
  /** Lets whatever else waits in this thread go first. */
  readonly turn: () => Promise<unknown>;
}

/** Room for small arrays beside the largest body. */
const ROOM_BESIDE = 1024 ** 2;

export function createBodies({
  maxReportBytes,
  maxBatchBytes,
}: Pick<HttpSettings, 'maxReportBytes' | 'maxBatchBytes'>): Bodies {
  return {
    budget: createBodyBudget(),
    turnstile: createTurnstile(Math.max(maxReportBytes, maxBatchBytes) + ROOM_BESIDE),
    turn: () => setImmediate(),
  };
}

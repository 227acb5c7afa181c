import { setImmediate } from 'node:timers/promises';
import type { HttpSettings } from '../deps.ts';
import { type BodyBudget, createBodyBudget } from './body-budget.ts';
import { createTurnstile, type Turnstile } from './turnstile.ts';

/** The limits of all bodies together, over all connections and routes. */
export interface Bodies {
  readonly budget: BodyBudget;
  readonly turnstile: Turnstile;
  /** Lets other work of this thread go first. */
  readonly turn: () => Promise<unknown>;
}

/** Leaves room for small arrays beside the largest body. */
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

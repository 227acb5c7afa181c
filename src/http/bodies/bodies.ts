import { setImmediate } from 'node:timers/promises';
import type { HttpSettings } from '../deps.ts';
import { type BodyBudget, createBodyBudget } from './body-budget.ts';
import { createWorkLimiter, type WorkLimiter } from './work-limiter.ts';

/** The limits of all bodies together, over all connections and routes. */
export interface Bodies {
  readonly budget: BodyBudget;
  readonly workLimiter: WorkLimiter;
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
    workLimiter: createWorkLimiter(Math.max(maxReportBytes, maxBatchBytes) + ROOM_BESIDE),
    turn: () => setImmediate(),
  };
}

import { z } from '@hono/zod-openapi';
import type { Range } from '../../domain/instant.ts';
import { type Buckets, bucketsOf } from '../../domain/questions/sampling.ts';
import { isUnresolved } from '../filter-values.ts';
import { toNumber } from './query.ts';

const DEFAULT_POINTS = 1000;
const MAX_POINTS = 10_000;
/** The most rows of one answer, over all targets. For more the buckets become wider. */
const MAX_ROWS = 100_000;

function wholeNumber(max: number, description: string) {
  return z
    .string({ error: 'must be given once' })
    .optional()
    .transform((text) =>
      text === undefined || text === '' || isUnresolved(text) ? undefined : toNumber(text),
    )
    .pipe(z.number(`must be a number from 1 to ${max}`).min(1).max(max).optional())
    .openapi({ type: 'number', minimum: 1, maximum: max, description });
}

export const pointsParams = {
  interval_ms: wholeNumber(366 * 86_400_000, 'Width of a bucket; as wide as `max_points` allows by default.'),
  max_points: wholeNumber(MAX_POINTS, `At most this many buckets; ${DEFAULT_POINTS} by default.`),
};

/** The requested buckets, wider where the answer would be too long. */
export function pointsOf(
  query: { interval_ms?: number | undefined; max_points?: number | undefined },
  { range, targets }: { range: Range; targets: number },
): Buckets {
  const affordable = Math.max(2, Math.floor(MAX_ROWS / Math.max(1, targets)));
  const maxPoints = Math.min(query.max_points ?? DEFAULT_POINTS, affordable);
  return bucketsOf(range, { intervalMs: query.interval_ms ?? 1, maxPoints });
}

import { z } from '@hono/zod-openapi';
import type { Range } from '../../domain/instant.ts';
import { type Buckets, bucketsOf } from '../../domain/questions/sampling.ts';
import { isUnresolved } from '../filter-values.ts';
import { toNumber } from './query.ts';

const DEFAULT_POINTS = 1000;
const MAX_POINTS = 10_000;
/** The most rows of one answer, over all series. If there would be more, the buckets become wider. */
const MAX_ROWS = 100_000;
/** The same for the worst targets, and a limit for their bytes: a browser gets the answer twice. */
const MAX_ROWS_OF_WORST = 3500;
const MAX_BYTES_OF_WORST = 290_000;
/** Without the names. */
const BYTES_OF_ROW = '{"time":1776772800000,"repo":"","server":"","state":0},'.length;
const MAX_WORST = 500;

/** How many of the worst targets are wanted. */
export const worstParam = {
  worst: wholeNumber(
    MAX_WORST,
    'At most this many targets: those that drifted for longest in the range. The answer then has at most ' +
      `${MAX_ROWS_OF_WORST} rows.`,
  ),
};

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
  interval_ms: wholeNumber(
    366 * 86_400_000,
    'Milliseconds that a bucket covers; by default as few as `max_points` allows.',
  ),
  max_points: wholeNumber(MAX_POINTS, `At most this many buckets; ${DEFAULT_POINTS} by default.`),
};

interface PointsQuery {
  readonly interval_ms?: number | undefined;
  readonly max_points?: number | undefined;
  readonly worst?: number | undefined;
}

interface Sampled {
  readonly range: Range;
  readonly series: number;
  /** The bytes of the names in one row of each series, together. */
  readonly nameLengths?: number;
}

/** The requested buckets, made wider if the answer would be too long. */
export function pointsOf(query: PointsQuery, { range, series, nameLengths = 0 }: Sampled): Buckets {
  const maxRows = query.worst === undefined ? MAX_ROWS : MAX_ROWS_OF_WORST;
  const bytesOfBucket = series * BYTES_OF_ROW + nameLengths;
  const affordable = Math.max(
    2,
    Math.min(
      Math.floor(maxRows / Math.max(1, series)),
      query.worst === undefined ? MAX_ROWS : Math.floor(MAX_BYTES_OF_WORST / Math.max(1, bytesOfBucket)),
    ),
  );
  const maxPoints = Math.min(query.max_points ?? DEFAULT_POINTS, affordable);
  return bucketsOf(range, { intervalMs: query.interval_ms ?? 1, maxPoints });
}

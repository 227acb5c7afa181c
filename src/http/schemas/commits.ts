import { z } from '@hono/zod-openapi';
import { formatInstant } from '../../domain/instant.ts';
import type { CommitOnTarget, Convergence, SeenCommit } from '../../domain/questions/commits.ts';
import { STATES } from '../../domain/state.ts';
import { stateOf } from '../../domain/target-status.ts';
import { instant } from './instant.ts';

const count = z.number().int().min(0);
const took = z.number().nullable();

const counts = {
  seen: count.openapi({ description: 'How many targets it was seen on', example: 20 }),
  synced: count.openapi({ description: 'How many of the targets were SYNCED with it', example: 19 }),
  left: count.openapi({
    description: 'How many targets of the repo were not SYNCED with it and have no later commit',
    example: 1,
  }),
  p50_s: took.openapi({
    description:
      'Seconds from the first report of it in the repo to the first SYNCED with it: the median of the ' +
      'targets that got there',
    example: 240,
  }),
  p95_s: took.openapi({ description: 'The same, as the 95th percentile', example: 600 }),
  max_s: took.openapi({ description: 'The same, for the slowest target so far', example: 605 }),
};

export const commitRow = z
  .object({
    repo: z.string().openapi({ example: 'rsyslog' }),
    commit: z.string().openapi({
      description: 'Its whole name if a report had it, else the name in the reports',
      example: 'c0ffee1234567890c0ffee1234567890c0ffee12',
    }),
    first_seen: instant.openapi({ description: 'The first report of the repo with it' }),
    last_seen: instant.openapi({ description: 'The last report of the repo with it' }),
    ...counts,
  })
  .openapi('CommitSummary');

const commitTarget = z
  .object({
    repo: z.string().openapi({ example: 'rsyslog' }),
    server: z.string().openapi({ example: 'rsyslog-lab' }),
    seen_at: instant
      .nullable()
      .openapi({ description: 'The first report of this target with it; null if there is none' }),
    synced_at: instant.nullable().openapi({ description: 'The first SYNCED report of this target with it' }),
    took_s: took.openapi({
      description: 'Seconds from the first report of it in the repo to `synced_at`',
      example: 240,
    }),
    left: z.boolean().openapi({ description: 'Not SYNCED with it yet, and without a later commit' }),
    state: z.enum(STATES).openapi({ description: 'The state of the target now' }),
    commit: z.string().nullable().openapi({ description: 'The commit of its newest report' }),
  })
  .openapi('CommitTarget');

export const commitDetails = z
  .object({
    ...commitRow.shape,
    repo: z.string().nullable().openapi({
      description: 'Null if several repos have reported it: the numbers then count all of them',
      example: 'rsyslog',
    }),
    targets: z.array(commitTarget).openapi({
      description: 'The targets that it was seen on, and those that are left',
    }),
  })
  .openapi('CommitDetails');

export function toCommitRow(
  repo: string,
  { commit, firstSeenAt, lastSeenAt }: SeenCommit,
  convergence: Convergence,
): z.infer<typeof commitRow> {
  return {
    repo,
    commit,
    first_seen: formatInstant(firstSeenAt),
    last_seen: formatInstant(lastSeenAt),
    ...toCounts(convergence),
  };
}

export function toCommitTarget(
  { target, last, commit, firstSeenAt, syncedAt, tookMs, isLeft }: CommitOnTarget,
  now: number,
): z.infer<typeof commitTarget> {
  return {
    repo: target.repo,
    server: target.server,
    seen_at: instantOrNull(firstSeenAt),
    synced_at: instantOrNull(syncedAt),
    took_s: secondsOrNull(tookMs),
    left: isLeft,
    state: stateOf(last, now),
    commit: commit ?? null,
  };
}

export function toCounts({ seen, synced, left, p50Ms, p95Ms, maxMs }: Convergence) {
  return {
    seen,
    synced,
    left,
    p50_s: secondsOrNull(p50Ms),
    p95_s: secondsOrNull(p95Ms),
    max_s: secondsOrNull(maxMs),
  };
}

function secondsOrNull(ms: number | undefined): number | null {
  return ms === undefined ? null : ms / 1000;
}

function instantOrNull(at: number | undefined): string | null {
  return at === undefined ? null : formatInstant(at);
}

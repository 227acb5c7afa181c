import { Hono } from 'hono';
import { formatInstant } from '../../../domain/instant.ts';
import { stateOf, statesHoldUntil } from '../../../domain/target-status.ts';
import { setFreshUntil } from '../../answering.ts';
import type { QueryDeps } from '../../deps.ts';
import { rowsToJson } from '../../rows-json.ts';

/** Requested only by this server itself: what a token with only the scope `report` may know of its repos. */
export const REPORTER_STATUS = '/internal/reporter-status';

/** The path of these rows for some repos. */
export function reporterStatusPath(repos: readonly string[]): string {
  return `${REPORTER_STATUS}?${repos.map((repo) => `repo=${encodeURIComponent(repo)}`).join('&')}`;
}

export function reporterStatusRoutes({ store, clock }: Pick<QueryDeps, 'store' | 'clock'>): Hono {
  return new Hono().get(REPORTER_STATUS, async (c) => {
    const now = clock();
    const statuses = await store.statuses({ repos: c.req.queries('repo') ?? [] });
    setFreshUntil(c, statesHoldUntil(statuses, now));
    const rows = statuses.map((status) => ({
      repo: status.target.repo,
      server: status.target.server,
      state: stateOf(status, now),
      stale_at: status.staleAt === undefined ? null : formatInstant(status.staleAt),
      check: status.check ?? null,
    }));
    return c.body(rowsToJson(rows), 200, { 'Content-Type': 'application/json' });
  });
}

import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { formatInstant } from '../../../domain/instant.ts';
import { commitsMeantBy, gateAt } from '../../../domain/questions/gate.ts';
import type { StatusDetails } from '../../../domain/questions/reader.ts';
import type { Target } from '../../../domain/target.ts';
import type { QueryDeps } from '../../deps.ts';
import { blockedBody } from '../../gates/blocked.ts';
import { setReasonPhrase } from '../../node-http.ts';
import { gateBlocked, gatePassed, gateQuery, toGateQuestion } from '../../schemas/gate.ts';
import { problemResponses } from '../../schemas/problem.ts';
import { invalidParameter } from '../../schemas/query.ts';

export const GATE = '/api/v1/gate';

const getGate = createRoute({
  method: 'get',
  path: GATE,
  operationId: 'checkGate',
  tags: ['Answers'],
  summary: 'Is everything that matches in sync, checked recently, at this commit?',
  description:
    'A target passes if it is SYNCED now, is at `commit`, and its last check began at `since` or later ' +
    'and is not older than `max_age` (without it, the target must not be stale). The answer is 200 if ' +
    'all targets that match pass. It is 409 if one does not pass, if a name that you ask for matches no ' +
    'target, or if nothing matches. `wait` holds the request until all pass; at its end the answer is ' +
    '409. Mutes and acknowledgements change nothing. A token with only the scope `report` may ask about ' +
    'the repos that it may report about, each by its full name.',
  request: { query: gateQuery },
  responses: {
    200: { description: 'All pass', content: { 'application/json': { schema: gatePassed } } },
    409: {
      description:
        'Not all pass, or a name that you ask for matches no target. With `wait`, this was still so at its ' +
        'end',
      content: { 'application/problem+json': { schema: gateBlocked } },
    },
    ...problemResponses(422, 503),
  },
});

/** Answers about now, whatever `wait` says: while a request waits, the HTTP thread asks again. */
export function gateRoutes({ store, clock }: Pick<QueryDeps, 'store' | 'clock'>) {
  return new OpenAPIHono().openapi(getGate, async (c) => {
    const now = clock();
    const question = toGateQuestion(c.req.valid('query'), now);
    const { filter, commit } = question;
    const statuses = await store.summaries(filter);
    if (commit !== undefined) refuseAmbiguous(commit, commitsMeantBy(commit, statuses));
    const gate = gateAt(statuses, question, now);
    if (gate.passed) return c.json(passedBody(statuses), 200, { 'Cache-Control': 'no-store' });
    tellBlocking(c, gate.blocking);
    const former = gate.missingCount === 0 ? [] : await store.formerNames(filter);
    const body = blockedBody(gate, question, former);
    setReasonPhrase(c, body.detail);
    const headers = { 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store' };
    return c.json(body, 409, headers);
  });
}

function passedBody(statuses: readonly Pick<StatusDetails, 'target' | 'checkedAt' | 'commit'>[]) {
  return {
    targets: statuses.map(({ target, checkedAt, commit }) => ({
      repo: target.repo,
      server: target.server,
      checked_at: formatInstant(checkedAt ?? Number.NaN),
      commit: commit ?? null,
    })),
  };
}

function refuseAmbiguous(commit: string, meant: readonly string[]): void {
  if (meant.length === 0) return;
  throw invalidParameter('commit', `${commit} may be ${meant.slice(0, 3).join(' or ')}: give more digits`);
}

/**
 * Names one of the blocking targets to watch: the gate is closed until it passes. The choice is random, so that a fleet
 * that converges one by one needs only a few looks, in any order.
 */
function tellBlocking(c: Context, blocking: readonly Target[]): void {
  const one = blocking[Math.floor(Math.random() * blocking.length)];
  if (one !== undefined) c.env?.onBlockedBy?.({ repo: one.repo, server: one.server });
}

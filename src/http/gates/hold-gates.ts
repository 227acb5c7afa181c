import type { Context, MiddlewareHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { DomainError } from '../../domain/errors.ts';
import { formatInstant } from '../../domain/instant.ts';
import type { GateQuestion } from '../../domain/questions/gate.ts';
import { type Answering, askInTime, refuseReplaced } from '../answering.ts';
import type { Answer, Ask } from '../ask.ts';
import type { Caller } from '../auth/caller.ts';
import { createLongRequests } from '../auth/long-requests.ts';
import type { HttpDeps } from '../deps.ts';
import { GATE } from '../routes/queries/gate.ts';
import { gateQuery, toGateQuestion } from '../schemas/gate.ts';
import { parsePageQuery } from '../schemas/page-query.ts';
import { WaitingGates } from './waiting-gates.ts';

/** How many requests may wait. It is at most half of the connections: reports need some too. */
const MAX_WAITING = 5000;

type Deps = Pick<HttpDeps, 'store' | 'tail' | 'tokens' | 'clock' | 'health' | 'metrics' | 'settings'> & {
  readonly ask: Ask;
  readonly answering: Pick<Answering, 'send'>;
};

/**
 * Holds requests for gates that want to wait, and leaves the others to the question workers. It runs in the thread that
 * records reports, and so learns of each. A look at a gate is a question for the workers like any other. Nothing is
 * sent before the answer.
 */
export function holdGates({
  tail,
  store,
  clock,
  settings,
  ask,
  answering,
  ...deps
}: Deps): MiddlewareHandler {
  const { questionTimeoutMs: timeoutMs, maxConnections } = settings;
  const maxWaiting = Math.min(MAX_WAITING, Math.floor(maxConnections / 2));
  const longRequests = createLongRequests({ ...deps, clock });
  const gates = new WaitingGates({
    store,
    tail,
    clock,
    stopping: () => new DomainError('overloaded', 'The server is about to stop. Ask again shortly.'),
    look(path) {
      refuseReplaced(deps.health);
      const url = new URL(path, 'http://localhost').href;
      return askInTime(ask, { method: 'GET', url, headers: [], publicUrl: '' }, { timeoutMs });
    },
  });

  async function answerOf(c: Context, asked: { question: GateQuestion; waitMs: number }): Promise<Answer> {
    const endings: (() => void)[] = [];
    try {
      return await new Promise<Answer>((answer, fail) => {
        const request = gates.add(lookPath(c, asked.question), asked.question, { answer, fail });
        deps.metrics.requestsWait(gates.size);
        endings.push(() => request.leave());
        const timer = setTimeout(() => request.finish(), asked.waitMs);
        endings.push(() => clearTimeout(timer));
        const caller = c.get('caller');
        endings.push(longRequests.add(caller, () => fail(allowedNoMore(caller))));
        const { signal } = c.req.raw;
        const leave = () => fail(new HTTPException(408, { message: 'The client has gone.' }));
        signal.addEventListener('abort', leave, { once: true });
        endings.push(() => signal.removeEventListener('abort', leave));
      });
    } finally {
      for (const end of endings) end();
      deps.metrics.requestsWait(gates.size);
    }
  }

  return async (c, next) => {
    // A request that does not wait goes to a worker, which says what is wrong with it.
    if (c.req.query('wait') === undefined) return next();
    const query = parsePageQuery(c, gateQuery);
    const waitMs = (query.wait ?? 0) * 1000;
    if (waitMs === 0) return next();
    if (gates.size >= maxWaiting) {
      throw new DomainError('overloaded', `${maxWaiting} requests already wait. Try again later.`);
    }
    const answer = await answerOf(c, { question: toGateQuestion(query, clock()), waitMs });
    return answering.send(c, answer);
  };
}

/** What the workers are asked: the same without `wait`, and with `since` as the instant that was meant on arrival. */
function lookPath(c: Context, { since }: GateQuestion): string {
  const { searchParams } = new URL(c.req.url);
  searchParams.delete('wait');
  if (since !== undefined && searchParams.get('since')?.trim().startsWith('now')) {
    searchParams.set('since', formatInstant(since));
  }
  return `${GATE}?${searchParams}`;
}

function allowedNoMore(caller: Caller): HTTPException {
  const who = caller.kind === 'bearer' ? `The token ${caller.token.name}` : 'A request without a token';
  return new HTTPException(401, {
    message: `${who} may no longer ask this: its rights changed while the request waited.`,
  });
}

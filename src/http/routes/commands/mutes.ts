import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { DomainError } from '../../../domain/errors.ts';
import type { Mute } from '../../../domain/mute.ts';
import type { MuteRefusal } from '../../../domain/mute-plan.ts';
import { MAX_MUTES } from '../../../domain/mute-terms.ts';
import type { MuteOutcome } from '../../../store/mutes.ts';
import { actorOf, namedActorOf } from '../../auth/caller.ts';
import type { Bodies } from '../../bodies/bodies.ts';
import type { HttpDeps } from '../../deps.ts';
import { readJsonBody } from '../../json-body.ts';
import {
  byQuery,
  changedTerms,
  idParam,
  muteBody,
  muteChange,
  muteRow,
  newTerms,
  toMuteRow,
} from '../../schemas/mute.ts';
import { problemResponses } from '../../schemas/problem.ts';

const content = { 'application/json': { schema: muteRow } };
const WITHOUT_MATCHES =
  '`matches` is null here. To see what a mute matches, ask for the mute, or for the preview before you ' +
  'make it.';

const addMute = createRoute({
  method: 'post',
  path: '/api/v1/mutes',
  operationId: 'addMute',
  tags: ['Mutes'],
  summary: 'Mute what matches: no messages about it for a time',
  description:
    'At least one matcher is required, and all must match. A mute changes no state, no history and no ' +
    'compliance. With `file` or `cause` it covers only incidents, never STALE or UNKNOWN. With `file` it ' +
    'covers only incidents whose files are all named and all match. If something is still wrong when the ' +
    `mute ends, a message says so then. ${WITHOUT_MATCHES}`,
  request: { body: { required: true, content: { 'application/json': { schema: muteBody } } } },
  responses: {
    201: { description: 'The mute', content },
    ...problemResponses(400, 409, 413, 415, 422, 503),
  },
});

const changeMute = createRoute({
  method: 'patch',
  path: '/api/v1/mutes/{id}',
  operationId: 'changeMute',
  tags: ['Mutes'],
  summary: 'Change a mute that is not over',
  description:
    'Keys that are left out stay as they are. The person who changes a mute owns it from then on. If the ' +
    'mute has begun, its end may be at most 90 days from now.',
  request: {
    params: idParam,
    body: { required: true, content: { 'application/json': { schema: muteChange } } },
  },
  responses: {
    200: { description: 'The mute', content },
    ...problemResponses(400, 404, 409, 413, 415, 422, 503),
  },
});

const endMute = createRoute({
  method: 'delete',
  path: '/api/v1/mutes/{id}',
  operationId: 'endMute',
  tags: ['Mutes'],
  summary: 'End a mute now',
  description: 'It stays in the list for a year. A mute that is already over does not change.',
  request: { params: idParam, query: byQuery },
  responses: { 200: { description: 'The mute', content }, ...problemResponses(404, 422, 503) },
});

type Deps = Pick<HttpDeps, 'store' | 'clock'> & { readonly bodies: Bodies };

export function muteCommandRoutes({ store, clock, bodies }: Deps) {
  const app = new OpenAPIHono();
  for (const route of [addMute, changeMute]) app.openAPIRegistry.registerPath(route);
  const answer = (mute: Mute) => toMuteRow(mute, { at: clock(), matches: undefined });

  app.post('/api/v1/mutes', async (c) => {
    const body = await readJsonBody(c, muteBody, bodies);
    const actor = namedActorOf(c, body.by);
    return c.json(answer(muteOf(await store.addMute(newTerms(body, clock()), { actor }))), 201);
  });
  app.patch('/api/v1/mutes/:id', async (c) => {
    const id = idOf(c.req.param('id'));
    const change = await readJsonBody(c, muteChange, bodies);
    const actor = namedActorOf(c, change.by);
    const before = await store.muteById(id);
    if (before === undefined) throw refusedMute('not_found', id);
    const terms = changedTerms(before, change, clock());
    return c.json(answer(muteOf(await store.changeMute(id, terms, { actor }), id)));
  });
  return app.openapi(endMute, async (c) => {
    const { id } = c.req.valid('param');
    const actor = actorOf(c, c.req.valid('query').by);
    return c.json(answer(muteOf(await store.endMute(id, { actor }), id)), 200);
  });
}

function idOf(text: string): number {
  const parsed = idParam.safeParse({ id: text });
  if (!parsed.success) throw refusedMute('not_found', text);
  return parsed.data.id;
}

/** The mute; throws if it was not made, changed or ended, with the reason. */
export function muteOf(outcome: MuteOutcome, id?: number): Mute {
  if (outcome.kind === 'refused') throw refusedMute(outcome.reason, id);
  return outcome.mute;
}

/** The error for a mute that was not made, changed or ended: why, and what to do about it. */
function refusedMute(reason: MuteRefusal, id?: number | string): DomainError {
  switch (reason) {
    case 'not_found':
      return new DomainError('not_found', `There is no mute ${id}.`);
    case 'ended':
      return new DomainError('conflict', `The mute ${id} is over. Make a new one.`);
    case 'in_sync':
      return new DomainError(
        'conflict',
        'Everything that it matches is in sync now, so a mute until in sync again would end at once. Give it ' +
          'an end instead (ends_at).',
      );
    case 'too_many':
      return new DomainError(
        'conflict',
        `There are ${MAX_MUTES} mutes that are not over. End some first, or make one that matches more.`,
      );
  }
}

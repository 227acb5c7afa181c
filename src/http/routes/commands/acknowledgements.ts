import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { DomainError } from '../../../domain/errors.ts';
import type { AcknowledgementOutcome } from '../../../store/mutes.ts';
import { actorOf, namedActorOf } from '../../auth/caller.ts';
import type { Bodies } from '../../bodies/bodies.ts';
import type { HttpDeps } from '../../deps.ts';
import { readJsonBody } from '../../json-body.ts';
import { byQuery, idParam, spokenText, typedName } from '../../schemas/mute.ts';
import { incidentAcknowledgement, toAcknowledgementFields } from '../../schemas/muted.ts';
import { problemResponses } from '../../schemas/problem.ts';

/** The body of a request that acknowledges an incident. */
const acknowledgementBody = z
  .strictObject({
    note: spokenText.nullish().openapi({ description: 'What others should know' }),
    by: typedName.optional(),
  })
  .openapi('NewAcknowledgement', { example: { note: 'Reverting it, back at 14:00' } });

const content = { 'application/json': { schema: incidentAcknowledgement } };

const acknowledge = createRoute({
  method: 'put',
  path: '/api/v1/incidents/{id}/acknowledgement',
  operationId: 'acknowledgeIncident',
  tags: ['Mutes'],
  summary: 'Acknowledge an open incident: say who works on it',
  description:
    'It ends with the incident. Until then no message repeats that the incident is still open. Messages ' +
    'about new files or another cause are still sent. It replaces the acknowledgement of another person.',
  request: {
    params: idParam,
    body: { required: true, content: { 'application/json': { schema: acknowledgementBody } } },
  },
  responses: {
    200: { description: 'It was already acknowledged; the acknowledgement was replaced', content },
    201: { description: 'It is acknowledged now', content },
    ...problemResponses(400, 404, 409, 413, 415, 422, 503),
  },
});

const ended = z.object({ incident_id: z.number().int() }).openapi('EndedAcknowledgement');

const end = createRoute({
  method: 'delete',
  path: '/api/v1/incidents/{id}/acknowledgement',
  operationId: 'endAcknowledgement',
  tags: ['Mutes'],
  summary: 'End the acknowledgement of an open incident',
  request: { params: idParam, query: byQuery },
  responses: {
    200: {
      description: 'Nobody works on it any more',
      content: { 'application/json': { schema: ended } },
    },
    ...problemResponses(404, 422, 503),
  },
});

type Deps = Pick<HttpDeps, 'store'> & { readonly bodies: Bodies };

export function acknowledgementRoutes({ store, bodies }: Deps) {
  const app = new OpenAPIHono();
  app.openAPIRegistry.registerPath(acknowledge);
  app.put('/api/v1/incidents/:id/acknowledgement', async (c) => {
    const id = idOf(c);
    const { note, by } = await readJsonBody(c, acknowledgementBody, bodies);
    const outcome = await store.acknowledge(id, note || undefined, { actor: namedActorOf(c, by) });
    const { acknowledgement, isNew } = acknowledged(outcome, id);
    const row = { incident_id: id, ...toAcknowledgementFields(acknowledgement), in_force: true };
    return c.json(row, isNew ? 201 : 200);
  });
  return app.openapi(end, async (c) => {
    const { id } = c.req.valid('param');
    const actor = actorOf(c, c.req.valid('query').by);
    if (!(await store.endAcknowledgement(id, { actor }))) throw nobodyWorksOn(id);
    return c.json({ incident_id: id }, 200);
  });
}

export function nobodyWorksOn(id: number): DomainError {
  return new DomainError('not_found', `The incident ${id} is not open, or nobody has acknowledged it.`);
}

function idOf(c: Context): number {
  const parsed = idParam.safeParse({ id: c.req.param('id') });
  if (!parsed.success) throw new DomainError('not_found', `There is no incident ${c.req.param('id')}.`);
  return parsed.data.id;
}

/** The acknowledgement; throws if there is none, with the reason. */
export function acknowledged(
  outcome: AcknowledgementOutcome,
  id: number,
): Extract<AcknowledgementOutcome, { kind: 'done' }> {
  if (outcome.kind === 'done') return outcome;
  throw outcome.reason === 'not_found'
    ? new DomainError('not_found', `There is no incident ${id}.`)
    : new DomainError('conflict', `The incident ${id} is resolved, so it cannot be acknowledged.`);
}

import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { DomainError, invalidFields } from '../../../domain/errors.ts';
import { MUTE_STATES, muteState } from '../../../domain/mute.ts';
import { matcherFaults } from '../../../domain/mute-terms.ts';
import { fleetAt, matchesOf, membersOf } from '../../../domain/questions/mute-matches.ts';
import { targetKey } from '../../../domain/target.ts';
import type { QueryDeps } from '../../deps.ts';
import { matcherParams, matchersInQuery } from '../../schemas/matcher-params.ts';
import { idParam, muteMatches, muteRow, toMatches, toMuteRow } from '../../schemas/mute.ts';
import { incidentAcknowledgement, toAcknowledgementFields } from '../../schemas/muted.ts';
import { problemResponses } from '../../schemas/problem.ts';
import { noParameters } from '../../schemas/query.ts';
import { answerRows, listRoute } from './list.ts';

const mutes = listRoute({
  path: '/api/v1/mutes',
  operationId: 'listMutes',
  tag: 'Mutes',
  summary: 'The mutes, newest first, with what each matches now',
  description: 'A mute that is over stays in the list for a year.',
  query: {
    status: z
      .enum(MUTE_STATES, `must be one of ${MUTE_STATES.join(', ')}`)
      .optional()
      .openapi({ title: 'MuteStatus', description: 'Only mutes that are scheduled, active or ended.' }),
  },
  row: muteRow,
});

const content = { 'application/json': { schema: muteRow } };

const mute = createRoute({
  method: 'get',
  path: '/api/v1/mutes/{id}',
  operationId: 'getMute',
  tags: ['Mutes'],
  summary: 'One mute, with what it matches now',
  request: { params: idParam, query: noParameters },
  responses: { 200: { description: 'The mute', content }, ...problemResponses(404, 422) },
});

const preview = createRoute({
  method: 'get',
  path: '/api/v1/mutes/preview',
  operationId: 'previewMute',
  tags: ['Mutes'],
  summary: 'What a mute would match now, before it is made',
  request: { query: z.strictObject(matcherParams) },
  responses: {
    200: { description: 'What it matches', content: { 'application/json': { schema: muteMatches } } },
    ...problemResponses(422),
  },
});

const acknowledgement = createRoute({
  method: 'get',
  path: '/api/v1/incidents/{id}/acknowledgement',
  operationId: 'getAcknowledgement',
  tags: ['Mutes'],
  summary: 'Who works on an incident',
  request: { params: idParam, query: noParameters },
  responses: {
    200: {
      description: 'The acknowledgement; also of an incident that is resolved',
      content: { 'application/json': { schema: incidentAcknowledgement } },
    },
    ...problemResponses(404, 422),
  },
});

export function muteRoutes({ store, clock }: Pick<QueryDeps, 'store' | 'clock'>) {
  return new OpenAPIHono()
    .openapi(mutes, async (c) => {
      const query = c.req.valid('query');
      const now = clock();
      const all = await store.everyMute();
      const wanted = all.filter((one) => query.status === undefined || muteState(one, now) === query.status);
      const shown = wanted.slice(0, query.limit);
      const current = shown.filter((one) => muteState(one, now) !== 'ended');
      const withFiles = current.some(({ matchers }) => matchers.file !== undefined);
      const fleet = await fleetAt(store, now, { withFiles });
      const rows = shown.map((one) =>
        toMuteRow(one, {
          at: now,
          matches: muteState(one, now) === 'ended' ? undefined : matchesOf(one, fleet, now),
        }),
      );
      return answerRows(c, rows, { row: muteRow, ...query, readUpTo: query.limit });
    })
    .openapi(preview, async (c) => {
      const query = c.req.valid('query');
      const now = clock();
      const matchers = matchersInQuery(query);
      const faults = matcherFaults(matchers);
      if (faults.length > 0) throw invalidFields(faults);
      const fleet = await fleetAt(store, now, { withFiles: matchers.file !== undefined });
      const untilInSync = query.until_in_sync === 'true';
      const members = new Map(
        (untilInSync ? membersOf({ matchers }, fleet, now) : []).map(({ target, ...member }) => [
          targetKey(target),
          member,
        ]),
      );
      return c.json(toMatches(matchesOf({ matchers, untilInSync, members }, fleet, now)), 200);
    })
    .openapi(mute, async (c) => {
      const { id } = c.req.valid('param');
      const now = clock();
      const found = await store.muteById(id);
      if (found === undefined) throw new DomainError('not_found', `There is no mute ${id}.`);
      const isOver = muteState(found, now) === 'ended';
      const withFiles = found.matchers.file !== undefined;
      const matches = isOver ? undefined : matchesOf(found, await fleetAt(store, now, { withFiles }), now);
      return c.json(toMuteRow(found, { at: now, matches }), 200);
    })
    .openapi(acknowledgement, async (c) => {
      const { id } = c.req.valid('param');
      const found = await store.acknowledgementOf(id);
      if ('refused' in found) throw new DomainError('not_found', `There is no incident ${id}.`);
      if (found.acknowledgement === undefined)
        throw new DomainError('not_found', `Nobody has acknowledged the incident ${id}.`);
      const fields = toAcknowledgementFields(found.acknowledgement);
      return c.json({ incident_id: id, ...fields, in_force: !found.isOver }, 200);
    });
}

import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { DomainError } from '../../../domain/errors.ts';
import type { RenameRefusal } from '../../../domain/record/plan-rename.ts';
import type { Target } from '../../../domain/target.ts';
import { actorOf, requireAdmin, requireMayReport } from '../../auth/caller.ts';
import type { HttpDeps } from '../../deps.ts';
import { renamedText, targetText } from '../../refusals.ts';
import { problemResponses } from '../../schemas/problem.ts';
import { newTargetParams, targetParams } from '../../schemas/query.ts';
import { similarWarnings } from '../../schemas/recorded.ts';

const target = z.object({ repo: z.string(), server: z.string() }).openapi('TargetName');

const warnings = z
  .array(z.string())
  .optional()
  .openapi({ description: 'Known targets with almost the same name. Absent if there are none' });

const declared = z
  .object({
    ...target.shape,
    declared: z.enum(['new', 'unchanged']).openapi({
      title: 'DeclaredAs',
      description:
        '`new` if it is expected from now on; `unchanged` if it was already there, so that nothing was ' +
        'written',
    }),
    warnings,
  })
  .openapi('Declaration');

const renamed = z.object({ ...target.shape, renamed_from: target, warnings }).openapi('Renamed');

const declareTarget = createRoute({
  method: 'put',
  path: '/api/v1/targets',
  operationId: 'declareTarget',
  tags: ['Targets'],
  summary: 'Declare a target that is expected to report',
  description:
    'Until its first report it is STALE, "never reported", so you notice a check that never ran. ' +
    'Declaring a deleted target brings it back. Declaring a target that is already there changes nothing.',
  request: { query: z.strictObject(targetParams) },
  responses: {
    200: { description: 'It was already there', content: { 'application/json': { schema: declared } } },
    201: { description: 'It is expected from now on', content: { 'application/json': { schema: declared } } },
    ...problemResponses(409, 422, 503),
  },
});

const renameTarget = createRoute({
  method: 'post',
  path: '/api/v1/targets/rename',
  operationId: 'renameTarget',
  tags: ['Targets'],
  summary: 'Give a target another name, with its history',
  description:
    'Refused with 409 if the new name has a history of its own. Reports that were checked before the ' +
    'renaming may still arrive under the old name. Later ones are refused with 409, which names the new ' +
    'name.',
  request: { query: z.strictObject({ ...targetParams, ...newTargetParams }) },
  responses: {
    200: { description: 'Renamed', content: { 'application/json': { schema: renamed } } },
    ...problemResponses(404, 409, 422, 503),
  },
});

const purge = z.enum(['true', 'false'], 'must be true or false').default('false').openapi({
  type: 'boolean',
  default: false,
  description:
    'Whether its history is removed too, permanently. A long history is removed in the background.',
});

const deleteTarget = createRoute({
  method: 'delete',
  path: '/api/v1/targets',
  operationId: 'deleteTarget',
  tags: ['Targets'],
  summary: 'Delete a decommissioned target',
  description:
    'From now on it is in no status, metric, open incident or message. Its history stays, and a new ' +
    'report or a declaration brings it back. With `purge=true`, which needs the scope admin, its history ' +
    'is removed as well, also if the target was deleted before.',
  request: { query: z.strictObject({ ...targetParams, purge }) },
  responses: {
    200: { description: 'Deleted', content: { 'application/json': { schema: target } } },
    ...problemResponses(404, 422, 503),
  },
});

export function targetRoutes({ store }: Pick<HttpDeps, 'store'>) {
  return new OpenAPIHono()
    .openapi(declareTarget, async (c) => {
      const named = c.req.valid('query');
      const caller = c.get('caller');
      requireMayReport(caller, [{ target: named }]);
      const [declaration] = await store.declareTargets([named], { actor: actorOf(c) });
      if (declaration?.kind === 'renamed') {
        throw new DomainError('conflict', `${renamedText(named, declaration)}. Declare the new name.`);
      }
      if (declaration?.kind !== 'declared') return c.json({ ...named, declared: 'unchanged' as const }, 200);
      const warned = similarWarnings(named, declaration.similar);
      return c.json({ ...named, declared: 'new' as const, ...warned }, 201);
    })
    .openapi(renameTarget, async (c) => {
      const { repo, server, new_repo, new_server } = c.req.valid('query');
      const names = {
        from: { repo, server },
        to: { repo: new_repo ?? repo, server: new_server ?? server },
      };
      const renaming = await store.renameTarget(names, { actor: actorOf(c) });
      if (renaming.kind === 'refused') throw refusedRename(names, renaming.reason);
      const warned = similarWarnings(names.to, renaming.similar);
      return c.json({ ...names.to, renamed_from: names.from, ...warned }, 200);
    })
    .openapi(deleteTarget, async (c) => {
      const { repo, server, ...query } = c.req.valid('query');
      const isPurge = query.purge === 'true';
      if (isPurge) requireAdmin(c.get('caller'), 'DELETE /api/v1/targets with purge=true');
      const actor = actorOf(c);
      if (!(await store.deleteTarget({ repo, server }, { purge: isPurge, actor }))) {
        throw isPurge ? noTarget({ repo, server }) : notFoundTarget({ repo, server });
      }
      return c.json({ repo, server }, 200);
    });
}

function noTarget({ repo, server }: Target): DomainError {
  return new DomainError('not_found', `There is no target with repo=${repo} and server=${server}.`);
}

/** There is nothing to delete. */
export function notFoundTarget({ repo, server }: Target): DomainError {
  return new DomainError(
    'not_found',
    `There is no target with repo=${repo} and server=${server}, or it is already deleted. To remove its ` +
      'history, use purge=true.',
  );
}

/** The error for a target that was not renamed: why, and what to do about it. */
export function refusedRename(
  { from, to }: { from: Target; to: Target },
  reason: RenameRefusal,
): DomainError {
  switch (reason.kind) {
    case 'same_name':
      return new DomainError(
        'invalid',
        `The target is already called ${targetText(to)}: give another repo or server (new_repo, new_server).`,
      );
    case 'not_found':
      return new DomainError(
        'not_found',
        `There is no target with repo=${from.repo} and server=${from.server}, or it is deleted: a report or a ` +
          'declaration brings it back.',
      );
    case 'renamed_before':
      return new DomainError('conflict', `${renamedText(from, reason)}. Rename that one.`);
    case 'taken':
      return new DomainError('conflict', takenText(to, reason));
    case 'former_name':
      return new DomainError(
        'conflict',
        `${targetText(to)} is a former name of ${targetText(reason.target)}, and its reports may still ` +
          'arrive under that name. Choose another one.',
      );
  }
}

function takenText(to: Target, { isDeleted }: { isDeleted: boolean }): string {
  const which = isDeleted ? 'is the name of a deleted target that has a history' : 'is another target';
  return (
    `${targetText(to)} ${which}, and two histories cannot be merged. Choose another name, or remove that ` +
    `target and its history first: DELETE /api/v1/targets?repo=${to.repo}&server=${to.server}&purge=true.`
  );
}

import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { formatInstant } from '../../../domain/instant.ts';
import { convergenceOf, isConcerned } from '../../../domain/questions/commits.ts';
import { commitsIn, type Landing, nameOfLanded } from '../../../domain/questions/landings.ts';
import { factRangeOf } from '../../../domain/questions/range.ts';
import type { QueryDeps } from '../../deps.ts';
import { landingsNamed } from '../../landings-named.ts';
import { rowsOf } from '../../rows-json.ts';
import { commitText } from '../../schemas/commit-query.ts';
import { commitDetails, commitRow, toCommitRow, toCommitTarget, toCounts } from '../../schemas/commits.ts';
import { problemResponses } from '../../schemas/problem.ts';
import { filterParams, rangeAsked, rangeParams, selectionOf } from '../../schemas/query.ts';
import { answerRows, listRoute } from './list.ts';

const list = listRoute({
  path: '/api/v1/commits',
  operationId: 'listCommits',
  summary: 'How far commits have come, the newest first',
  description:
    'The commits that targets reported in a range: one row for each repo and commit, by the first ' +
    'report. The numbers count the whole history of the targets that you ask for; `first_seen` and ' +
    '`last_seen` are those of the whole repo. A target is left until it was SYNCED with the commit or ' +
    'has a later commit. A commit is later if the repo first reported it later.',
  query: { ...filterParams, ...rangeParams },
  row: commitRow,
});

const one = createRoute({
  method: 'get',
  path: '/api/v1/commits/{sha}',
  operationId: 'getCommit',
  tags: ['Answers'],
  summary: 'Where a commit has landed, and what is left',
  description:
    'A commit by its name in reports, or by the first 7 or more hexadecimal digits of its whole name: ' +
    'when it was first seen, on which targets, when each was first SYNCED with it, and which are left.',
  request: {
    params: z.object({
      sha: commitText.openapi({
        param: { name: 'sha', in: 'path' },
        type: 'string',
        maxLength: 255,
        example: 'c0ffee1',
      }),
    }),
    query: z.strictObject(filterParams),
  },
  responses: {
    200: { description: 'The commit', content: { 'application/json': { schema: commitDetails } } },
    ...problemResponses(404, 422),
  },
});

export function commitRoutes({ store, clock }: Pick<QueryDeps, 'store' | 'clock'>) {
  return new OpenAPIHono()
    .openapi(list, async (c) => {
      const query = c.req.valid('query');
      const now = clock();
      const range = factRangeOf(rangeAsked(query, now), now);
      const rows = await commitsIn(store, selectionOf(query), { range, now });
      return answerRows(
        c,
        rowsOf(rows, ({ repo, commits, seen }) =>
          toCommitRow(repo, seen, convergenceOf(commits.onTargets(seen))),
        ),
        { row: commitRow, ...query },
      );
    })
    .openapi(one, async (c) => {
      const { sha } = c.req.valid('param');
      const now = clock();
      const selection = selectionOf(c.req.valid('query'));
      return c.json(toDetails(await landingsNamed(store, sha, { selection, now }), now), 200);
    });
}

function toDetails(landings: readonly [Landing, ...Landing[]], now: number): z.infer<typeof commitDetails> {
  const onTargets = landings.flatMap((landing) => landing.onTargets);
  const shown = onTargets.filter(isConcerned);
  const repos = new Set(onTargets.map(({ target }) => target.repo));
  const [repo] = repos;
  return {
    repo: repos.size === 1 && repo !== undefined ? repo : null,
    commit: nameOfLanded(landings),
    first_seen: formatInstant(Math.min(...landings.map(({ seen }) => seen.firstSeenAt))),
    last_seen: formatInstant(Math.max(...landings.map(({ seen }) => seen.lastSeenAt))),
    ...toCounts(convergenceOf(onTargets)),
    targets: shown.map((target) => toCommitTarget(target, now)),
  };
}

import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { isWholeCommit } from '../../../domain/commit.ts';
import { DomainError } from '../../../domain/errors.ts';
import { groupBy } from '../../../domain/group-by.ts';
import { formatInstant } from '../../../domain/instant.ts';
import {
  type CommitOnTarget,
  commitsOfRepo,
  convergenceOf,
  type RepoCommits,
  type SeenCommit,
  type TargetSightings,
} from '../../../domain/questions/commits.ts';
import { selectedTargets } from '../../../domain/questions/histories.ts';
import { commitMeant, type KnownCommit } from '../../../domain/questions/known-commits.ts';
import { factRangeOf } from '../../../domain/questions/range.ts';
import { compareText } from '../../../domain/target.ts';
import type { QueryDeps } from '../../deps.ts';
import { rowsOf } from '../../rows-json.ts';
import { ambiguousCommit, commitText, NO_COMMIT } from '../../schemas/commit-query.ts';
import { commitDetails, commitRow, toCommitRow, toCommitTarget, toCounts } from '../../schemas/commits.ts';
import { problemResponses } from '../../schemas/problem.ts';
import { filterParams, invalidParameter, rangeAsked, rangeParams, selectionOf } from '../../schemas/query.ts';
import { answerRows, listRoute } from './list.ts';

const list = listRoute({
  path: '/api/v1/commits',
  operationId: 'listCommits',
  summary: 'How far commits have come, the newest first',
  description:
    'The commits that the targets reported in a range, one row for each repo and commit, by their first sight. The numbers ' +
    'are of the whole history, and of the targets that are asked for; `first_seen` and `last_seen` are of the repo. ' +
    'A target is left until it was SYNCED with the commit or has a later one: one that was first seen later in the repo.',
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
    'A commit by its name in reports, or by at least 7 hexadecimal digits that begin the whole name: when it was first ' +
    'seen, on which targets, when each was first SYNCED with it, and which are left.',
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

/** A commit in one repo, and how the targets stand to it. */
interface Landing {
  readonly seen: SeenCommit;
  readonly onTargets: readonly CommitOnTarget[];
}

export function commitRoutes({ store, clock }: Pick<QueryDeps, 'store' | 'clock'>) {
  return new OpenAPIHono()
    .openapi(list, async (c) => {
      const query = c.req.valid('query');
      const now = clock();
      const range = factRangeOf(rangeAsked(query, now), now);
      const selection = selectionOf(query);
      const isWanted = await selectedTargets(store, selection, now);
      const sightings = await store.commitSightings(selection.filter, { from: range.from }, { isWanted });
      const found = byRepo(sightings).flatMap(({ repo, commits }) =>
        commits.seenSince(range.from).map((seen) => ({ repo, commits, seen })),
      );
      const rows = found
        .filter(({ seen }) => seen.firstSeenAt < range.to)
        .sort((a, b) => b.seen.firstSeenAt - a.seen.firstSeenAt || compareText(a.repo, b.repo));
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
      const query = c.req.valid('query');
      const now = clock();
      const { filter, states } = selectionOf(query);
      const known = await store.knownCommits(filter.repos ? { repos: filter.repos } : {}, [sha]);
      const texts = textsOf(sha, known);
      const repos = new Set(known.filter(({ commit }) => texts.includes(commit)).map(({ repo }) => repo));
      const asked = { ...filter, repos: [...repos] };
      const isWanted = await selectedTargets(store, { filter: asked, states }, now);
      const sightings = await store.commitSightings(asked, { texts }, { isWanted });
      const landings = byRepo(sightings).flatMap(({ commits }): Landing[] => {
        const seen = texts.map((text) => commits.find(text)).find((found) => found !== undefined);
        return seen === undefined ? [] : [{ seen, onTargets: [...commits.onTargets(seen)] }];
      });
      const [first] = landings;
      if (first === undefined) throw notFound(sha);
      return c.json(toDetails([first, ...landings.slice(1)], now), 200);
    });
}

interface CommitsOfRepo {
  readonly repo: string;
  readonly commits: RepoCommits;
}

function byRepo(sightings: readonly TargetSightings[]): CommitsOfRepo[] {
  const groups = groupBy(sightings, ({ target }) => target.repo);
  return [...groups].map(([repo, targets]) => ({ repo, commits: commitsOfRepo(targets) }));
}

/** The names of the one commit that is asked for. */
function textsOf(sha: string, known: readonly KnownCommit[]): readonly string[] {
  const meant = commitMeant(sha, known);
  if (meant.kind === 'unknown') throw notFound(sha);
  if (meant.kind === 'no_name') throw invalidParameter('sha', `${sha} ${NO_COMMIT}`);
  const candidates = meant.kind === 'ambiguous' ? meant.candidates : meant.texts.filter(isWholeCommit);
  if (meant.kind === 'known' && (candidates.length < 2 || isWholeCommit(sha))) return meant.texts;
  throw invalidParameter('sha', ambiguousCommit(sha, candidates));
}

function notFound(sha: string): DomainError {
  return new DomainError('not_found', `No report of these targets names the commit ${sha}.`);
}

function toDetails(landings: readonly [Landing, ...Landing[]], now: number): z.infer<typeof commitDetails> {
  const [{ seen: first }] = landings;
  const onTargets = landings.flatMap((landing) => landing.onTargets);
  const shown = onTargets.filter(({ firstSeenAt, isLeft }) => firstSeenAt !== undefined || isLeft);
  const repos = new Set(onTargets.map(({ target }) => target.repo));
  const [repo] = repos;
  return {
    repo: repos.size === 1 && repo !== undefined ? repo : null,
    commit: landings.map(({ seen }) => seen.commit).find(isWholeCommit) ?? first.commit,
    first_seen: formatInstant(Math.min(...landings.map(({ seen }) => seen.firstSeenAt))),
    last_seen: formatInstant(Math.max(...landings.map(({ seen }) => seen.lastSeenAt))),
    ...toCounts(convergenceOf(onTargets)),
    targets: shown.map((target) => toCommitTarget(target, now)),
  };
}

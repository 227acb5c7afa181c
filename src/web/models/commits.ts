import type { Convergence, RepoCommits, SeenCommit } from '../../domain/questions/commits.ts';
import { convergenceOf, isConcerned } from '../../domain/questions/commits.ts';
import { commitsIn } from '../../domain/questions/landings.ts';
import { factRangeOf } from '../../domain/questions/range.ts';
import type { HistoryReader } from '../../domain/questions/reader.ts';
import type { CommitLine } from '../views/commit-table.tsx';
import type { CommitsQuery, CommitsView } from '../views/commits-page.tsx';
import { SPAN_MS } from '../views/range-nav.tsx';
import { pageOf } from './paginate.ts';
import { matchesSearch } from './target-row.ts';

const PAGE_SIZE = 20;

/** How far the commits of a span of time have come, the newest first. */
export async function commitsView(
  reader: HistoryReader,
  { page, ...query }: CommitsQuery & { page: number },
  now: number,
): Promise<CommitsView> {
  const { q, repo, server, label } = query;
  const filter = {
    ...(repo && { repos: repo }),
    ...(server && { servers: server }),
    ...(label && { labels: label }),
  };
  const range = factRangeOf({ from: now - SPAN_MS[query.range] }, now);
  const [summaries, all] = await Promise.all([
    reader.summaries({}),
    commitsIn(reader, { filter }, { range, now }),
  ]);
  const lines = all
    .filter(({ repo, seen: { commit } }) => matchesSearch(q, { repo, server: '', files: [], commit }))
    .map(({ repo, commits, seen }) => commitLine(repo, commits, seen));
  const shown = pageOf(lines, { page, size: PAGE_SIZE });
  return {
    query,
    repos: [...new Set(summaries.map(({ target }) => target.repo))],
    lines: shown.items,
    matching: lines.length,
    waiting: lines.filter(({ left }) => left > 0).length,
    page: shown.page,
    pages: shown.pages,
  };
}

export function commitLine(repo: string, commits: RepoCommits, seen: SeenCommit): CommitLine {
  const concerned = [...commits.onTargets(seen)].filter(isConcerned);
  const { synced, left, maxMs }: Convergence = convergenceOf(concerned);
  return {
    repo,
    commit: seen.commit,
    firstSeenAt: seen.firstSeenAt,
    synced,
    left,
    targets: concerned.length,
    slowestMs: left === 0 ? maxMs : undefined,
  };
}

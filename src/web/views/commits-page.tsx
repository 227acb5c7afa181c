import { type CommitLine, CommitTable } from './commit-table.tsx';
import { type Frame, Page } from './layout.tsx';
import { linkTo } from './links.ts';
import { Paging } from './paging.tsx';
import { RangeNav, SPAN_MS, SPAN_WORDS, type Span } from './range-nav.tsx';
import { SearchFields } from './search-fields.tsx';
import { HiddenField } from './select.tsx';
import { plural } from './words.ts';

export interface CommitsQuery {
  readonly q: string | undefined;
  readonly repo: readonly string[] | undefined;
  readonly server: readonly string[] | undefined;
  /** Each `key:value`. */
  readonly label: readonly string[] | undefined;
  readonly range: Span;
}

export interface CommitsView {
  readonly query: CommitsQuery;
  readonly repos: readonly string[];
  readonly lines: readonly CommitLine[];
  readonly matching: number;
  /** How many of them are not yet on all their targets. */
  readonly waiting: number;
  readonly page: number;
  readonly pages: number;
}

/** It is not live, because it reads a month of all targets. The page of one commit is. */
export function commitsPage(view: CommitsView, frame: Frame) {
  const { query, repos, lines, matching, page, pages } = view;
  const title = headlineOf(view);
  const to = (changes: Partial<CommitsQuery> & { page?: number }) => commitsLink(query, changes);
  const from = `now-${SPAN_MS[query.range] / 3_600_000}h`;
  const { repo, server, label } = query;
  return (
    <Page
      frame={frame}
      title={title}
      here="commits"
      style="report"
      isLive={false}
      json={linkTo('/api/v1/commits', { repo, server, label, from })}
    >
      <div class="head">
        <h1>{title}</h1>
        <RangeNav chosen={query.range} linkTo={(range) => to({ range })} />
      </div>
      <p class="sub">{detailsOf(view)}</p>
      <details class="more" open={isFiltered(query)}>
        <summary>Search and filter</summary>
        <search>
          <form method="get" action="/commits">
            <SearchFields {...{ query, repos }} />
            <HiddenField name="server" value={server?.join(',')} />
            {(label ?? []).map((one) => (
              <HiddenField name="label" value={one} />
            ))}
            <HiddenField name="range" value={query.range} />
            <button type="submit">Apply</button>
            {isFiltered(query) ? <a href={linkTo('/commits', { range: query.range })}>Clear</a> : null}
          </form>
        </search>
      </details>
      {matching === 0 ? null : <CommitTable caption="Commits" lines={lines} withRepo now={frame.now} />}
      <Paging page={page} pages={pages} linkTo={(page) => to({ page })}>
        {plural(matching, 'commit')}
      </Paging>
    </Page>
  );
}

function headlineOf({ query, matching, waiting }: CommitsView): string {
  const what = isFiltered(query) ? 'matching commit' : 'commit';
  if (matching === 0) return `No ${what} was reported in ${SPAN_WORDS[query.range]}`;
  if (waiting === 0)
    return isFiltered(query) ? 'No target waits for one of these commits' : 'No target waits for a commit';
  const are = waiting === 1 || matching === 1 ? 'is' : 'are';
  return `${waiting} of ${plural(matching, what)} ${are} not on every target yet`;
}

function detailsOf({ query, matching }: CommitsView): string {
  if (matching === 0) return 'A report names its commit in the field `commit`.';
  const span = SPAN_WORDS[query.range];
  return `Reported in the last ${span}, the newest first. A target waits until it was in sync with the commit or has a later one.`;
}

function isFiltered({ q, repo, server, label }: CommitsQuery): boolean {
  return [q, repo, server, label].some((part) => part !== undefined);
}

function commitsLink(query: CommitsQuery, changes: Partial<CommitsQuery> & { page?: number }): string {
  const { page, ...others } = { ...query, page: 1, ...changes };
  return linkTo('/commits', { ...others, page: page === 1 ? undefined : page });
}

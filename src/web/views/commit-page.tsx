import { shownName } from '../../domain/shown.ts';
import type { State } from '../../domain/state.ts';
import type { Target } from '../../domain/target.ts';
import { ArrivalTable } from './arrival-table.tsx';
import { type CommitLine, CommitTable } from './commit-table.tsx';
import { type Reach, reachWords } from './commit-words.ts';
import { Figures } from './figures.tsx';
import { GateSection } from './gate-section.tsx';
import { type Frame, Page } from './layout.tsx';
import { commitLink, linkTo } from './links.ts';
import { Paging } from './paging.tsx';
import { Commit } from './pipeline.tsx';
import { Name } from './shown.tsx';
import { When } from './time.tsx';
import { formatSpan, plural, shortCommit } from './words.ts';

/** The state of a commit on a target: it is there, it is still to come, or another one has replaced it. */
export interface Arrival extends Target {
  readonly kind: 'here' | 'left' | 'replaced';
  /** The present state of the target. */
  readonly state: State;
  readonly seenAt: number | undefined;
  /** When the target was first in sync with it. */
  readonly syncedAt: number | undefined;
  /** From the first sight in the repo. */
  readonly tookMs: number | undefined;
}

export interface CommitView extends Reach {
  readonly commit: string;
  /** Undefined if several have it. */
  readonly repo: string | undefined;
  readonly repos: readonly string[];
  readonly chosenRepo: readonly string[] | undefined;
  readonly branch: string | undefined;
  readonly firstSeenAt: number;
  readonly firstServer: string | undefined;
  /** The servers that still wait for it. */
  readonly left: readonly string[];
  readonly medianMs: number | undefined;
  readonly slowestMs: number | undefined;
  /** The end of the scale of all bars. */
  readonly endMs: number;
  readonly arrivals: readonly Arrival[];
  readonly page: number;
  readonly pages: number;
  /** The commits of the repo, the newest first. */
  readonly lines: readonly CommitLine[];
}

const MOST_NAMED = 3;

export function commitPage(view: CommitView, frame: Frame) {
  const { commit, repo, targets, page, pages } = view;
  const answer = reachWords(view);
  const json = linkTo(`/api/v1/commits/${encodeURIComponent(commit)}`, { repo: view.chosenRepo });
  return (
    <Page frame={frame} title={`${shortCommit(commit)} ${answer}`} here="commits" style="report" json={json}>
      <p class="crumbs">
        <a href="/commits">Commits</a> /{' '}
        {repo === undefined ? 'several repos' : <a href={linkTo('/commits', { repo })}>{shownName(repo)}</a>}
      </p>
      <div class="head">
        <h1>
          <Commit id={commit} /> {answer}
        </h1>
        <p class="offers">
          <a href="#gate">Wait for it in CI</a>
        </p>
      </div>
      <Details view={view} now={frame.now} />
      <Summary view={view} />
      <section aria-labelledby="landed">
        <div class="head">
          <h2 id="landed">Where it landed</h2>
          <p class="quiet">From the first report of it in its repo until the target was in sync</p>
        </div>
        <ArrivalTable view={view} now={frame.now} />
        {pages === 1 ? null : (
          <Paging page={page} pages={pages} linkTo={(page) => commitLink(commit, { repo, page })}>
            {plural(targets, 'target')}
          </Paging>
        )}
      </section>
      {repo === undefined ? (
        <Repos view={view} />
      ) : (
        <section aria-labelledby="commits">
          <h2 id="commits">
            Commits of <Name of={repo} />
          </h2>
          <CommitTable
            caption="Commits of the repo"
            lines={view.lines}
            withRepo={false}
            here={commit}
            now={frame.now}
          />
        </section>
      )}
      <GateSection commit={commit} repo={repo} />
    </Page>
  );
}

function Details({ view, now }: { view: CommitView; now: number }) {
  const { commit, repo, branch, firstSeenAt, firstServer, left } = view;
  const [names, more] = [left.slice(0, MOST_NAMED), left.length - MOST_NAMED];
  return (
    <p class="sub">
      In {repo === undefined ? 'several repos' : <Name of={repo} />}
      {branch === undefined ? null : (
        <>
          , branch <Name of={branch} />
        </>
      )}
      . First seen <When at={firstSeenAt} now={now} />
      {firstServer === undefined ? null : (
        <>
          {' '}
          on <Name of={firstServer} />
        </>
      )}
      .{' '}
      {left.length === 0 ? null : (
        <>
          It is not yet on <Name of={names.join(', ')} />
          {more > 0 ? ` and ${more} more` : ''}.{' '}
        </>
      )}
      <code class="whole">{shownName(commit)}</code>
    </p>
  );
}

function Summary({ view: { synced, targets, medianMs, slowestMs, left } }: { view: CommitView }) {
  const none = 'none yet';
  return (
    <Figures
      figures={[
        { name: 'Was in sync with it', value: synced, note: `of ${targets}` },
        { name: 'Median time to arrive', value: medianMs === undefined ? none : formatSpan(medianMs) },
        { name: 'Slowest so far', value: slowestMs === undefined ? none : formatSpan(slowestMs) },
        { name: 'Left', value: left.length },
      ]}
    />
  );
}

function Repos({ view: { commit, repos } }: { view: CommitView }) {
  return (
    <section aria-labelledby="repos">
      <h2 id="repos">In each repo</h2>
      <ul class="offers">
        {repos.map((repo) => (
          <li>
            <a href={commitLink(commit, { repo })}>
              <Name of={repo} />
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

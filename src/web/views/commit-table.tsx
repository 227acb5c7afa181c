import { commitLink } from './links.ts';
import { Commit } from './pipeline.tsx';
import { Name } from './shown.tsx';
import { Cell, Head, Row, RowHead, Table } from './table.tsx';
import { When } from './time.tsx';
import { formatSpan } from './words.ts';

/** How far a commit has come in a repo. */
export interface CommitLine {
  readonly repo: string;
  readonly commit: string;
  readonly firstSeenAt: number;
  /** How many targets were in sync with it, of those that have, had or await it. */
  readonly synced: number;
  readonly targets: number;
  readonly left: number;
  /** Undefined while a target is left. */
  readonly slowestMs: number | undefined;
}

interface CommitTableProps {
  readonly caption: string;
  /** The newest first. */
  readonly lines: readonly CommitLine[];
  /** Has a column for the repo, or otherwise one for how long each was the newest. */
  readonly withRepo: boolean;
  /** The commit that the page is about. */
  readonly here?: string;
  readonly now: number;
}

export function CommitTable({ caption, lines, withRepo, here, now }: CommitTableProps) {
  const heads = [
    'Commit',
    withRepo ? 'Repo' : undefined,
    <Head kind="num">First seen</Head>,
    'In sync on',
    ...['Left', 'Slowest'].map((words) => <Head kind="num">{words}</Head>),
    withRepo ? undefined : <Head kind="num">Replaced after</Head>,
  ];
  return (
    <Table caption={caption} kind="commit-list" heads={heads}>
      {lines.map((line, i) => (
        <Row>
          <RowHead kind="name">
            <a
              href={commitLink(line.commit, { repo: line.repo })}
              {...(line.commit === here ? { 'aria-current': 'page' } : {})}
            >
              <Commit id={line.commit} />
            </a>
          </RowHead>
          {withRepo ? (
            <Cell kind="repo">
              <Name of={line.repo} />
            </Cell>
          ) : null}
          <Cell kind="when num">
            <When at={line.firstSeenAt} now={now} />
          </Cell>
          <Cell kind="share">
            <Share of={line.synced} all={line.targets} />
          </Cell>
          <Cell kind="num off">{line.left === 0 ? '–' : <b class="open">{line.left}</b>}</Cell>
          <Cell kind="num off">{line.slowestMs === undefined ? '–' : formatSpan(line.slowestMs)}</Cell>
          {withRepo ? null : <Cell kind="num off quiet">{replacedAfter(line, lines[i - 1])}</Cell>}
        </Row>
      ))}
    </Table>
  );
}

function replacedAfter({ firstSeenAt }: CommitLine, next: CommitLine | undefined): string {
  return next === undefined ? 'newest' : formatSpan(next.firstSeenAt - firstSeenAt);
}

/** A share of targets, in words and as a bar. */
function Share({ of, all }: { of: number; all: number }) {
  return (
    <>
      <svg class="meter" aria-hidden="true">
        <rect
          class="SYNCED"
          width={`${all === 0 ? 0 : (of / all) * 100}%`}
          height="100%"
          fill="currentColor"
        />
      </svg>
      {of} of {all}
    </>
  );
}

import { type Reach, reachWords } from './commit-words.ts';
import { commitLink } from './links.ts';
import { Commit } from './pipeline.tsx';

/** The result of a search among the commits: one, or several that begin with its text. */
export type FoundCommit =
  | ({ readonly kind: 'landed'; readonly commit: string } & Reach)
  | { readonly kind: 'ambiguous'; readonly candidates: readonly string[] };

const MOST_NAMED = 3;

/** Whether the commit of a search has landed, with a link to where. */
export function FoundCommitLine({ of }: { of: FoundCommit | undefined }) {
  if (of === undefined) return null;
  if (of.kind === 'landed')
    return (
      <p class="sub">
        <a href={commitLink(of.commit)}>
          Commit <Commit id={of.commit} /> {reachWords(of)}
        </a>
      </p>
    );
  const more = of.candidates.length - MOST_NAMED;
  return (
    <p class="sub">
      {of.candidates.length} commits begin with it:{' '}
      {of.candidates.slice(0, MOST_NAMED).map((commit, i) => (
        <>
          {i === 0 ? '' : ', '}
          <a href={commitLink(commit)}>
            <code>{commit}</code>
          </a>
        </>
      ))}
      {more > 0 ? ` and ${more} more` : ''}
    </p>
  );
}

import { shownText } from '../../domain/shown.ts';
import { commitLink } from './links.ts';
import { shortCommit } from './words.ts';

export function Commit({ id }: { id: string | undefined }) {
  return id === undefined ? null : (
    <code title={shownText(id)}>
      <bdi>{shortCommit(id)}</bdi>
    </code>
  );
}

/** With a link to where it has landed in the repo. */
export function LinkedCommit({ id, repo }: { id: string | undefined; repo: string }) {
  return id === undefined ? null : (
    <a href={commitLink(id, { repo })}>
      <Commit id={id} />
    </a>
  );
}

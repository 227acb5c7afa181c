import type { PropsWithChildren } from 'hono/jsx';
import { shownText } from '../../domain/shown.ts';
import { shortCommit } from './words.ts';

export function Commit({ id }: { id: string | undefined }) {
  return id === undefined ? null : (
    <code title={shownText(id)}>
      <bdi>{shortCommit(id)}</bdi>
    </code>
  );
}

/** A link to the CI run. The other site does not learn the referring page and gets no access to this window. */
export function RunLink({ url, children }: PropsWithChildren<{ url: string | undefined }>) {
  return url === undefined ? null : (
    <a class="out" href={url} rel="noopener noreferrer">
      {children} ↗
    </a>
  );
}

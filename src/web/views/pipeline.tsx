import type { PropsWithChildren } from 'hono/jsx';
import { shortCommit } from './words.ts';

export function Commit({ id }: { id: string | undefined }) {
  return id === undefined ? null : <code title={id}>{shortCommit(id)}</code>;
}

/** Out of here, to the pipeline: it is told neither where its reader comes from nor given this window. */
export function RunLink({ url, children }: PropsWithChildren<{ url: string | undefined }>) {
  return url === undefined ? null : (
    <a class="out" href={url} rel="noopener noreferrer">
      {children} ↗
    </a>
  );
}

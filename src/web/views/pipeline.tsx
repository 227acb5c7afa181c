import { shownText } from '../../domain/shown.ts';
import { shortCommit } from './words.ts';

export function Commit({ id }: { id: string | undefined }) {
  return id === undefined ? null : (
    <code title={shownText(id)}>
      <bdi>{shortCommit(id)}</bdi>
    </code>
  );
}

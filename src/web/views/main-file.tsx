import { shownName } from '../../domain/shown.ts';
import { fileLink } from './links.ts';
import { Name } from './shown.tsx';
import { plural } from './words.ts';

/** What differed, as far as it was named. */
export interface NamedFiles {
  /** For several incidents: files in most of them come first. */
  readonly names: readonly string[];
  /** The largest number that differed; undefined if it is not known. */
  readonly count: number | undefined;
  /** Whether there are more than these, or may be. */
  readonly isCut: boolean;
}

/** One name in one line, and how many more there are. `rest`: where to find them. */
export function MainFile({ files: { names, count, isCut }, rest }: { files: NamedFiles; rest: string }) {
  const [first] = names;
  if (first === undefined)
    return (
      <span class="quiet">
        {count === undefined ? 'no file named' : `${plural(count, 'file')}, not named`}
      </span>
    );
  const more = Math.max(count ?? 0, names.length) - 1;
  return (
    <>
      <a class="clip file" href={fileLink(first)} title={shownName(first)}>
        <Name of={first} />
      </a>
      {more > 0 || isCut ? (
        <a class="tag" href={rest} title={others(names)} aria-label={moreWords(more, isCut)}>
          {more > 0 ? `+${more}` : ''}
          {isCut ? ' or more' : ''}
        </a>
      ) : null}
    </>
  );
}

const MOST_OTHERS = 5;

/** The next names, shown when the pointer rests there. */
function others([, ...names]: readonly string[]): string {
  const shown = names.slice(0, MOST_OTHERS).map((name) => shownName(name));
  return [...shown, ...(names.length > MOST_OTHERS ? ['…'] : [])].join(', ');
}

function moreWords(more: number, isCut: boolean): string {
  if (more === 0) return 'perhaps more files';
  return `and ${isCut ? 'at least ' : ''}${plural(more, 'more file')}`;
}

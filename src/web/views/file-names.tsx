import { fileLink } from './links.ts';
import { plural } from './words.ts';

interface FileNamesProps {
  readonly names: readonly string[];
  /** How many files differ; there may be fewer names. Undefined where it is not known. */
  readonly count: number | undefined;
  /** Whether there are more names than these. */
  readonly isCut?: boolean;
  /** The most names to show; all by default. */
  readonly shown?: number;
}

/** The first names, and how many more there are. */
export function FileNames({ names, count = 0, isCut = false, shown = names.length }: FileNamesProps) {
  if (names.length === 0) {
    return (
      <span class="quiet">{count === 0 ? 'files not known' : `${plural(count, 'file')}, not named`}</span>
    );
  }
  const least = Math.max(count, isCut ? names.length + 1 : names.length);
  const more = least - Math.min(names.length, shown);
  return (
    <ul class="files">
      {names.slice(0, shown).map((name) => (
        <li>
          <a href={fileLink(name)}>{name}</a>
        </li>
      ))}
      {more > 0 ? (
        <li class="quiet">
          and {isCut ? 'at least ' : ''}
          {more} more
        </li>
      ) : null}
    </ul>
  );
}

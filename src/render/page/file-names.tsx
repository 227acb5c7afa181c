import { fileLink } from './links.ts';
import { plural } from './words.ts';

interface FileNamesProps {
  readonly names: readonly string[];
  /** How much differs; the names may be fewer, or none. */
  readonly count: number;
  /** At most so many names; all of them without it. */
  readonly shown?: number;
}

/** The first few of the files that differ, and how many more there are. */
export function FileNames({ names, count, shown = names.length }: FileNamesProps) {
  const more = Math.max(names.length, count) - Math.min(names.length, shown);
  if (names.length === 0) {
    return (
      <span class="quiet">{count === 0 ? 'no file named' : `${plural(count, 'difference')}, not named`}</span>
    );
  }
  return (
    <ul class="files">
      {names.slice(0, shown).map((name) => (
        <li>
          <a href={fileLink(name)}>{name}</a>
        </li>
      ))}
      {more > 0 ? <li class="quiet">and {more} more</li> : null}
    </ul>
  );
}

import { fileLink } from './links.ts';
import { Name } from './shown.tsx';
import { plural } from './words.ts';

interface FileNamesProps {
  readonly names: readonly string[];
  /** How many files differ; there may be fewer names. Undefined where it is not known. */
  readonly count: number | undefined;
  /** Whether there are more names than these. */
  readonly isCut?: boolean;
  /** Whether some were never named, or not even counted. */
  readonly unnamed?: boolean;
  /** The most names to show; all by default. */
  readonly shown?: number;
  /** Where the rest of them is. */
  readonly rest?: string;
}

/** The first names, and how many more there are. */
export function FileNames({
  names,
  count,
  isCut = false,
  unnamed = false,
  shown = names.length,
  rest,
}: FileNamesProps) {
  if (names.length === 0) {
    const none = count === undefined ? 'no file named' : `${plural(count, 'file')}, not named`;
    return <span class="quiet">{none}</span>;
  }
  const least = Math.max(count ?? 0, isCut ? names.length + 1 : names.length);
  const more = least - Math.min(names.length, shown);
  const words = `and ${isCut ? 'at least ' : ''}${more} more`;
  return (
    <ul class="files">
      {names.slice(0, shown).map((name) => (
        <li>
          <a href={fileLink(name)}>
            <Name of={name} />
          </a>
        </li>
      ))}
      {more > 0 ? <li class="quiet">{rest === undefined ? words : <a href={rest}>{words}</a>}</li> : null}
      {more === 0 && unnamed ? <li class="quiet">at times not all were named</li> : null}
    </ul>
  );
}

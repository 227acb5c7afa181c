import { shownName, shownText } from '../domain/shown.ts';

/** Text by others: a name, an error, a label. It is one line and visible; a channel escapes its own syntax in it. */
export interface Said {
  readonly said: string;
  /** The address of the run that found the problem: to be copied, not to be clicked unseen. */
  readonly isAddress?: true;
}

/** A line of a message: our own words mixed with text by others. */
export type Line = readonly (string | Said)[];

/** The most characters of one text in a line, so that no text can crowd out the others. */
const MAX_SAID = 300;

/** A name, as pages show it. */
export function name(text: string, most = MAX_SAID): Said {
  return { said: shortened(shownName(text), most) };
}

/** A text such as an error, as one line: line breaks in it would look like lines of ours. */
export function text(written: string, most = MAX_SAID): Said {
  // A longer text is cut anyway, so not all of a long error is looked at.
  const part = written.slice(0, 4 * most);
  return { said: shortened(shownText(part).replace(/\s+/g, ' ').trim(), most) };
}

/** Names with commas between them: the first ones, and how many more there are. */
export function names(all: readonly string[], most: number): Line {
  const shown = all.slice(0, most).map((one) => name(one, 120));
  const rest = all.length - shown.length;
  const listed = shown.flatMap((one, i) => (i === 0 ? [one] : [', ', one]));
  return rest === 0 ? listed : [...listed, ` and ${rest} more`];
}

/** The line, with text by others as `escaped` writes it. */
export function written(line: Line, escaped: (said: Said) => string): string {
  return line.map((piece) => (typeof piece === 'string' ? piece : escaped(piece))).join('');
}

/** The line if nothing needs to be escaped. */
export function plain(line: Line): string {
  return written(line, ({ said }) => said);
}

/**
 * Many programs turn addresses into links, so an address by others is changed until it is none. The address of the run
 * is shown whole, so it is what it seems, and is not changed.
 */
export function withoutLink({ said, isAddress }: Said): string {
  return isAddress ? said : said.replaceAll('://', '[:]//');
}

/** At most this many characters. The last of them is an ellipsis if some are missing. */
export function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  // Whole characters, so that none is cut in two.
  const characters = [...text.slice(0, 2 * most)];
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`;
}

import { shownName, shownText } from '../domain/shown.ts';

/** What others wrote: a name, an error, a label. It is one line and visible; a channel escapes what it has a syntax for. */
export interface Said {
  readonly said: string;
  /** The address of the run that found it: to be copied, not to be clicked unseen. */
  readonly isAddress?: true;
}

/** A line of a message: our own words, and between them what others wrote. */
export type Line = readonly (string | Said)[];

/** The most of a text that a line has, so that no text can crowd out the others. */
const MAX_SAID = 300;

/** A name, as pages show it. */
export function name(text: string, most = MAX_SAID): Said {
  return { said: shortened(shownName(text), most) };
}

/** A text such as an error, as one line: line breaks in it would look like lines of ours. */
export function text(written: string, most = MAX_SAID): Said {
  // What is longer than this is cut in any case: not all of a long error has to be looked at.
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

/** The line with what others wrote as `escaped` writes it. */
export function written(line: Line, escaped: (said: Said) => string): string {
  return line.map((piece) => (typeof piece === 'string' ? piece : escaped(piece))).join('');
}

/** The line if nothing needs to be escaped. */
export function plain(line: Line): string {
  return written(line, ({ said }) => said);
}

/**
 * Many programs make links of addresses, so one that others wrote is written as none. That of the run is what it seems, and
 * is not changed.
 */
export function withoutLink({ said, isAddress }: Said): string {
  return isAddress ? said : said.replaceAll('://', '[:]//');
}

/** At most so many characters, the last of them an ellipsis if some are missing. */
export function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  // Characters, so that none is cut in two.
  const characters = [...text.slice(0, 2 * most)];
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`;
}

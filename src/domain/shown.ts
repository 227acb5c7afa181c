// Text for people's eyes: pages, badges, CSV, panels, the terminal. JSON answers have what was posted.

/** Text that stays as it is: printable ASCII without backslashes, with single blanks inside. */
const PLAIN = /^[!-[\]-~]+(?: [!-[\]-~]+)*$/;

/** Characters that are invisible, change the order of others, or look like a blank. */
const UNSEEN = /[\p{C}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\u2800]|(?! )\p{Zs}/u;
const ALL_UNSEEN = new RegExp(UNSEEN, 'gu');
const MARK = /\p{M}/u;
const LETTER_OR_MARK = /[\p{L}\p{M}]/u;
/** The rest of an escape, after its backslash. */
const ESCAPE_CODE = /^u(?:[0-9a-f]{4}|\{)/i;

/**
 * A name as it is shown. Characters that are invisible, or make it look like another name, become escapes such as
 * `\u202e`. Different names are never shown as the same one. `separator` is the character that separates the names of a
 * list.
 */
export function shownName(text: string, separator?: ',' | ';'): string {
  if (PLAIN.test(text) && !(separator !== undefined && text.includes(separator))) return text;
  const characters = [...text];
  // These look equal: é as one character, and as e with an accent.
  const isComposed = text === text.normalize('NFC');
  let canBearMark = false;
  const pieces = characters.map((character, i) => {
    const isSeen =
      character !== separator &&
      !(character === ' ' && isUnseenBlank(characters, i)) &&
      !UNSEEN.test(character) &&
      (isComposed || !isPartOfComposite(character)) &&
      (canBearMark || !MARK.test(character));
    canBearMark = isSeen && LETTER_OR_MARK.test(character);
    return isSeen ? character : escapeOf(character);
  });
  return withoutAmbiguity(pieces).join('');
}

/** HTML draws several blanks as one, and none at the ends. */
function isUnseenBlank(characters: readonly string[], i: number): boolean {
  return i === 0 || i === characters.length - 1 || characters[i + 1] === ' ';
}

/** Whether another spelling of a text may have another character here, or one for this and its neighbours. */
function isPartOfComposite(character: string): boolean {
  const isJamo = character >= '\u1100' && character <= '\u11ff';
  return isJamo || MARK.test(character) || character !== character.normalize('NFC');
}

/** Doubles a name's own backslashes if they would read as part of an escape. */
function withoutAmbiguity(pieces: readonly string[]): readonly string[] {
  if (!pieces.includes('\\')) return pieces;
  const result: string[] = [...pieces];
  for (let i = pieces.length - 1; i >= 0; i--) {
    if (pieces[i] === '\\' && (result[i + 1] === '\\\\' || startsEscape(pieces, i + 1))) result[i] = '\\\\';
  }
  return result;
}

/** Whether an escape, or what looks like the rest of one, is at this place. */
function startsEscape(pieces: readonly string[], i: number): boolean {
  const isEscaped = (pieces[i] ?? '').length > 2;
  return isEscaped || ESCAPE_CODE.test(pieces.slice(i, i + 5).join(''));
}

/** Names as one text. */
export function shownNames(names: readonly string[], separator: ',' | ';'): string {
  return names.map((name) => shownName(name, separator)).join(`${separator} `);
}

/** A program's message as it is shown: without colours, with its line breaks, and otherwise like a name. */
export function shownText(text: string): string {
  return PLAIN.test(text)
    ? text
    : withoutColours(text)
        .replaceAll('\r\n', '\n')
        .replace(ALL_UNSEEN, (character) => (SEEN_IN_TEXT.has(character) ? character : escapeOf(character)));
}

/** Line breaks, tabs, and how emoji are drawn. */
const SEEN_IN_TEXT: ReadonlySet<string> = new Set(['\n', '\t', '\ufe0e', '\ufe0f']);

/** The control sequences of ECMA-48: first those that run to a terminator, such as titles and links. */
const CONTROL_SEQUENCES = new RegExp(
  [
    '(?:\\x1b[\\]PX^_]|[\\x9d\\x90\\x98\\x9e\\x9f])[^\\x07\\x1b\\x9c\\n]*(?:\\x07|\\x1b\\\\|\\x9c)',
    '(?:\\x1b\\[|\\x9b)[0-?]*[ -/]*[@-~]',
    '\\x1b[ -/]*[0-Z\\\\^-~]',
  ].join('|'),
  'g',
);

function withoutColours(text: string): string {
  return text.replace(CONTROL_SEQUENCES, '');
}

function escapeOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  return code > 0xffff ? `\\u{${hex}}` : `\\u${hex.padStart(4, '0')}`;
}

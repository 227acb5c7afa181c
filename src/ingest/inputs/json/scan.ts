import { staysTheSame } from '../../../domain/decimal.ts';

/** A value of a JSON text, and what the scan found in it. */
export interface Piece {
  readonly start: number;
  readonly end: number;
  /** How many members its objects have together; a repeated key counts each time. */
  readonly members: number;
  /** How many commas and opening brackets it has: parsing and later steps take time for each. */
  readonly values: number;
  /** How many arrays and objects lie inside each other. */
  readonly depth: number;
  /** Whether it has a number that JavaScript would change, a U+0000 or half of a surrogate pair. */
  readonly isDoubtful: boolean;
}

/** The most values of a piece: ten for each of the 10,000 files that a report may name. The scan ends there. */
export const MAX_VALUES = 100_000;

/** Whether the text can only be an array. */
export function isArrayText(text: string): boolean {
  return text.charCodeAt(skipBlanks(text, 0)) === OPEN_ARRAY;
}

/** Looks once at each character of a JSON text. It does not check the syntax. */
export function scanValue(text: string): Piece {
  return new Scanner(text, 0).piece({ isElement: false });
}

/**
 * The same for each element of an array: none if it is empty, and at most `maxPieces + 1`, then the rest is not looked
 * at. If each piece is JSON, so is the text.
 */
export function scanElements(text: string, maxPieces: number): readonly Piece[] {
  const scanner = new Scanner(text, skipBlanks(text, 0) + 1);
  const pieces: Piece[] = [];
  do {
    if (pieces.length > 0) scanner.at++;
    pieces.push(scanner.piece({ isElement: true }));
  } while (!scanner.isGivenUp && scanner.isAt(COMMA) && pieces.length <= maxPieces);
  if (pieces.length > maxPieces || scanner.isGivenUp) return pieces;
  const isWhole = scanner.isAt(CLOSE_ARRAY) && skipBlanks(text, scanner.at + 1) === text.length;
  // Text after the array, or in place of its end, is a piece that is not JSON.
  if (!isWhole) return [...pieces, scanner.rest()];
  const [first] = pieces;
  const isEmpty = pieces.length === 1 && first !== undefined && skipBlanks(text, first.start) === first.end;
  return isEmpty ? [] : pieces;
}

const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const COMMA = 0x2c;
const COLON = 0x3a;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LETTER_U = 0x75;
const MINUS = 0x2d;
const POINT = 0x2e;
const NINE = 0x39;
const ZERO = 0x30;

/** JavaScript has every number with this few digits and no power of ten, so also one with this few characters. */
const SAFE_DIGITS = 15;

class Scanner {
  readonly #text: string;
  at: number;
  /** Whether a piece had too many values. */
  isGivenUp = false;
  #isDoubtful = false;

  constructor(text: string, at: number) {
    this.#text = text;
    this.at = at;
  }

  isAt(code: number): boolean {
    return this.#text.charCodeAt(this.at) === code;
  }

  /** From here to the comma or bracket that ends an element, or to the end of the text. */
  piece({ isElement }: { isElement: boolean }): Piece {
    const text = this.#text;
    const start = this.at;
    let [members, values, depth, deepest] = [0, 0, 0, 0];
    this.#isDoubtful = false;
    for (; this.at < text.length && values <= MAX_VALUES; this.at++) {
      const code = text.charCodeAt(this.at);
      if (code === QUOTE) this.#string();
      else if (code === COLON) members++;
      else if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
        values++;
        deepest = Math.max(deepest, ++depth);
      } else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) {
        if (depth === 0 && isElement) break;
        depth--;
      } else if (code === COMMA) {
        if (depth === 0 && isElement) break;
        values++;
      } else if (code === MINUS || (code >= ZERO && code <= NINE)) this.#number();
    }
    if (values > MAX_VALUES) this.isGivenUp = true;
    return { start, end: this.at, members, values, depth: deepest, isDoubtful: this.#isDoubtful };
  }

  /** The whole rest. */
  rest(): Piece {
    return { start: this.at, end: this.#text.length, members: 0, values: 0, depth: 0, isDoubtful: false };
  }

  /** To the closing quote. */
  #string(): void {
    const text = this.#text;
    for (this.at++; this.at < text.length; this.at++) {
      const code = text.charCodeAt(this.at);
      if (code === QUOTE) return;
      if (code !== BACKSLASH) continue;
      this.at++;
      if (text.charCodeAt(this.at) === LETTER_U) this.#escapedUnit();
    }
  }

  /** To the last digit of \uXXXX, or of both halves of a pair. In UTF-8 only an escape can be a half alone. */
  #escapedUnit(): void {
    const unit = this.#unitAt(this.at);
    this.at += 4;
    if (unit === 0) this.#isDoubtful = true;
    if (unit < 0xd800 || unit > 0xdfff) return;
    const isPair =
      unit < 0xdc00 &&
      this.#text.startsWith('\\u', this.at + 1) &&
      this.#unitAt(this.at + 2) >> 10 === LOW_SURROGATE;
    if (isPair) this.at += 6;
    else this.#isDoubtful = true;
  }

  /** The UTF-16 unit whose four digits follow the u at this place. */
  #unitAt(u: number): number {
    return Number.parseInt(this.#text.slice(u + 1, u + 5), 16);
  }

  /** To the last character of the number. */
  #number(): void {
    const text = this.#text;
    const start = this.at;
    let hasPower = false;
    for (let at = start + 1; ; at++) {
      const code = text.charCodeAt(at);
      if (code >= ZERO && code <= NINE) continue;
      if (!IN_NUMBER.has(code)) {
        this.at = at - 1;
        break;
      }
      if (code !== POINT) hasPower = true;
    }
    if (!hasPower && this.at - start < SAFE_DIGITS) return;
    if (!staysTheSame(text.slice(start, this.at + 1))) this.#isDoubtful = true;
  }
}

const LOW_SURROGATE = 0xdc00 >> 10;
/** In addition to digits: `.`, `e`, `E`, `+` and `-`. */
const IN_NUMBER: ReadonlySet<number> = new Set([...'.eE+-'].map((char) => char.charCodeAt(0)));

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (BLANKS.has(text.charCodeAt(at))) at++;
  return at;
}

const BLANKS: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d]);

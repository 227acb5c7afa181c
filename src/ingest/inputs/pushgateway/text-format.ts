import { staysTheSame } from '../../../domain/decimal.ts';
import { DomainError } from '../../../domain/errors.ts';
import type { Labels } from './grouping-key.ts';

export interface Sample {
  readonly name: string;
  readonly labels: Labels;
  /** NaN where JavaScript has no such number: 0.99999999999999999 is not 1. */
  readonly value: number;
  /** Counted from 1. */
  readonly line: number;
}

/**
 * The samples of a body in the text format 0.0.4, one after the other; comments are ignored. Throws `invalid` with the
 * number of the first wrong line. https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */
export function* samplesOf(text: string): Generator<Sample> {
  let line = 1;
  for (let start = 0; start <= text.length; line++) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    const content = text.slice(start, end);
    if (!NO_SAMPLE.test(content)) yield parseSample(content, line);
    start = end + 1;
  }
}

// Each pattern continues where the last one ended, and can match in one way only, so that a line takes time in
// proportion to its length. The value of a label is read by a loop: a repeated group would need memory for each character.
const NO_SAMPLE = /^\s*(?:#|$)/;
const NAME = /\s*([a-zA-Z_:][a-zA-Z0-9_:]*)/y;
const OPEN = /\s*\{/y;
const LABEL = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"/y;
const COMMA = /\s*,/y;
const CLOSE = /\s*\}/y;
/**
 * Go's ParseFloat and JavaScript's Number accept other spellings as well; no client writes them for a gauge of 0 and
 * 1.
 */
const NUMBER = /^(?:[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?|[+-]?inf|nan)$/i;

function parseSample(content: string, line: number): Sample {
  if (content.includes('\0')) throw atLine(line, 'has U+0000, which no name or value can have');
  const scan = new LineScan(content);
  const name = scan.next(NAME);
  const labels = scan.next(OPEN) === undefined ? {} : scanLabels(scan);
  const [number = '', timestamp, ...more] = scan.rest().trim().split(/\s+/, 3);
  if (name === undefined || labels === undefined || !NUMBER.test(number) || more.length > 0) {
    throw atLine(line, `is no sample in the text format 0.0.4, such as ${EXAMPLE}`);
  }
  if (timestamp !== undefined)
    throw atLine(line, 'has a timestamp: leave it out, a push counts from its arrival');
  return { name, labels, value: staysTheSame(number) ? Number(number) : Number.NaN, line };
}

/** The labels up to the closing brace; undefined where the syntax is wrong or a label occurs twice. */
function scanLabels(scan: LineScan): Labels | undefined {
  const labels = new Map<string, string>();
  for (let name = scan.next(LABEL); name !== undefined; name = scan.next(LABEL)) {
    const value = scan.quoted();
    if (value === undefined || labels.has(name)) return undefined;
    labels.set(name, value);
    if (scan.next(COMMA) === undefined) break;
  }
  return scan.next(CLOSE) === undefined ? undefined : Object.fromEntries(labels);
}

const EXAMPLE = 'gitops_sync_status{repo="rsyslog",server="rsyslog-lab"} 1';

const ESCAPED: Readonly<Record<string, string>> = { '\\': '\\', '"': '"', n: '\n' };

/** Reads a line token by token. */
class LineScan {
  readonly #content: string;
  #at = 0;

  constructor(content: string) {
    this.#content = content;
  }

  /** What the pattern captures, or all of it; undefined where the expected token does not come next. */
  next(expected: RegExp): string | undefined {
    expected.lastIndex = this.#at;
    const found = expected.exec(this.#content);
    if (found === null) return undefined;
    this.#at = expected.lastIndex;
    return found[1] ?? found[0];
  }

  /** The value up to the closing quote, without its escapes; undefined where it does not end, or an escape is wrong. */
  quoted(): string | undefined {
    const content = this.#content;
    const pieces: string[] = [];
    let start = this.#at;
    for (let at = start; at < content.length; at++) {
      const code = content.charCodeAt(at);
      if (code !== QUOTE && code !== BACKSLASH) continue;
      pieces.push(content.slice(start, at));
      if (code === QUOTE) {
        this.#at = at + 1;
        return pieces.join('');
      }
      const escaped = ESCAPED[content.charAt(++at)];
      if (escaped === undefined) return undefined;
      pieces.push(escaped);
      start = at + 1;
    }
    return undefined;
  }

  rest(): string {
    return this.#content.slice(this.#at);
  }
}

const QUOTE = 34;
const BACKSLASH = 92;

export function atLine(line: number, detail: string): DomainError {
  return new DomainError('invalid', `Line ${line} ${detail}.`);
}

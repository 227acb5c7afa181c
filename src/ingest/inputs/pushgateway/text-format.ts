import { staysTheSame } from '../../../domain/decimal.ts';
import type { Labels } from './grouping-key.ts';
import { MAX_LABELS, type Sample, unreadable } from './sample.ts';

/**
 * The samples of a body in the text format 0.0.4, one after the other; comments are ignored. Throws `malformed` with
 * the number of the first wrong line. https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
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

// Each pattern continues where the last one ended, and can match in only one way, so that a line takes time in
// proportion to its length. The value of a label is read by a loop: a repeated group would need memory for each
// character.
const NO_SAMPLE = /^\s*(?:#|$)/;
const NAME = /\s*([a-zA-Z_:][a-zA-Z0-9_:]*)/y;
const OPEN = /\s*\{/y;
const LABEL = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"/y;
/** Names with other characters are quoted, and a metric with such a name has it within the braces. */
const QUOTED = /\s*"/y;
const IS_LABEL = /\s*=\s*"/y;
const COMMA = /\s*,/y;
const CLOSE = /\s*\}/y;
/**
 * Go's ParseFloat and JavaScript's Number accept other spellings as well; no client writes them for a gauge of 0 and
 * 1.
 */
const NUMBER = /^(?:[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?|[+-]?inf(?:inity)?|nan)$/i;

function parseSample(content: string, line: number): Sample {
  const place = { unit: 'Line', number: line } as const;
  if (content.includes('\0')) throw unreadable(place, 'has U+0000, which no name or value can have');
  const scan = new LineScan(content);
  const bare = scan.next(NAME);
  const { name = bare, labels } = scan.next(OPEN) === undefined ? { labels: {} } : scanBraces(scan);
  const [number = '', timestamp, ...more] = scan.rest().trim().split(/\s+/, 3);
  if (name === undefined || labels === undefined || !NUMBER.test(number) || more.length > 0) {
    throw unreadable(place, `is not a sample in the text format 0.0.4, such as ${EXAMPLE}`);
  }
  const value = staysTheSame(number) ? Number(number) : Number.NaN;
  return { name, labels, value, hasTimestamp: timestamp !== undefined, place };
}

/** The content of the braces. It has no labels if the syntax is wrong, a label occurs twice, or there are too many. */
interface Braces {
  readonly name?: string | undefined;
  readonly labels: Labels | undefined;
}

const WRONG: Braces = { labels: undefined };

function scanBraces(scan: LineScan): Braces {
  const labels = new Map<string, string>();
  let name: string | undefined;
  for (;;) {
    const label = scan.next(LABEL) ?? scan.quotedName();
    if (label === undefined) break;
    if (typeof label !== 'string') {
      if (name !== undefined) return WRONG;
      name = label.metric;
    } else {
      const value = scan.quoted();
      if (value === undefined || labels.has(label) || labels.size === MAX_LABELS) return WRONG;
      labels.set(label, value);
    }
    if (scan.next(COMMA) === undefined) break;
  }
  return scan.next(CLOSE) === undefined ? WRONG : { name, labels: Object.fromEntries(labels) };
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

  /** What the pattern captures, or the whole match; undefined if the expected token does not come next. */
  next(expected: RegExp): string | undefined {
    expected.lastIndex = this.#at;
    const found = expected.exec(this.#content);
    if (found === null) return undefined;
    this.#at = expected.lastIndex;
    return found[1] ?? found[0];
  }

  /**
   * The name of a label, up to the quote of its value, or the name of the metric; undefined if no quoted name comes
   * next.
   */
  quotedName(): string | { readonly metric: string } | undefined {
    if (this.next(QUOTED) === undefined) return undefined;
    const name = this.quoted();
    if (name === undefined || this.next(IS_LABEL) !== undefined) return name;
    return { metric: name };
  }

  /** The value up to the closing quote, without its escapes; undefined if it does not end, or an escape is wrong. */
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

import { DomainError } from '../../../domain/errors.ts';
import type { Labels } from './grouping-key.ts';

export interface Sample {
  readonly name: string;
  readonly labels: Labels;
  readonly value: number;
  /** Counted from 1. */
  readonly line: number;
}

/**
 * The samples of a body in the text format 0.0.4; comments are ignored. Throws `invalid` with the number of the first
 * wrong line. https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */
export function parseTextFormat(text: string): Sample[] {
  return text.split('\n').flatMap((content, i) => {
    if (/^\s*(?:#|$)/.test(content)) return [];
    return [parseSample(content, i + 1)];
  });
}

// Each pattern continues where the last one ended, and none can match in two ways, so a line is parsed in linear
// time.
const NAME = /\s*([a-zA-Z_:][a-zA-Z0-9_:]*)/y;
const OPEN = /\s*\{/y;
const LABEL = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\]|\\[\\"n])*)"/y;
const COMMA = /\s*,/y;
const CLOSE = /\s*\}/y;
/**
 * Go's ParseFloat and JavaScript's Number accept other spellings as well; no client writes them for a gauge of 0 and
 * 1.
 */
const NUMBER = /^(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|[+-]?inf|nan)$/i;

function parseSample(content: string, line: number): Sample {
  const scan = scannerOf(content);
  const name = scan(NAME)?.[1];
  const labels = scan(OPEN) === undefined ? {} : scanLabels(scan);
  const [number = '', timestamp, ...more] = scan.rest().trim().split(/\s+/);
  if (name === undefined || labels === undefined || !NUMBER.test(number) || more.length > 0) {
    throw atLine(line, `is no sample in the text format 0.0.4, such as ${EXAMPLE}`);
  }
  if (timestamp !== undefined)
    throw atLine(line, 'has a timestamp: leave it out, a push counts from its arrival');
  return { name, labels, value: Number(number), line };
}

/** The labels up to the closing brace; undefined where the syntax is wrong or a label occurs twice. */
function scanLabels(scan: Scan): Labels | undefined {
  const labels = new Map<string, string>();
  for (let label = scan(LABEL); label !== undefined; label = scan(LABEL)) {
    const [, name = '', value = ''] = label;
    if (labels.has(name)) return undefined;
    labels.set(name, unescapeLabel(value));
    if (scan(COMMA) === undefined) break;
  }
  return scan(CLOSE) === undefined ? undefined : Object.fromEntries(labels);
}

const EXAMPLE = 'gitops_sync_status{repo="rsyslog",server="rsyslog-lab"} 1';

type Scan = (expected: RegExp) => RegExpExecArray | undefined;

/** Reads a line token by token; undefined where the expected token does not come next. */
function scannerOf(content: string) {
  let at = 0;
  const scan = (expected: RegExp): RegExpExecArray | undefined => {
    expected.lastIndex = at;
    const found = expected.exec(content) ?? undefined;
    if (found !== undefined) at = expected.lastIndex;
    return found;
  };
  return Object.assign(scan, { rest: () => content.slice(at) });
}

function unescapeLabel(value: string): string {
  return value.replace(/\\(.)/g, (_, escaped) => (escaped === 'n' ? '\n' : escaped));
}

export function atLine(line: number, detail: string): DomainError {
  return new DomainError('invalid', `Line ${line} ${detail}.`);
}

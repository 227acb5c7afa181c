import { isUtf8 } from 'node:buffer';
import { DomainError } from '../../../domain/errors.ts';
import { compareText } from '../../../domain/target.ts';

export type Labels = Readonly<Record<string, string>>;

const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const BASE64_SUFFIX = '@base64';
const BASE64URL = /^([A-Za-z0-9_-]*)=*$/;

/**
 * The labels in a path such as `/metrics/job/drift/repo@base64/cnN5c2xvZw/server/lab`, read as Pushgateway reads them;
 * in the order of their names. Throws `malformed` if Pushgateway would refuse them.
 * https://github.com/prometheus/pushgateway#api
 */
export function parseGroupingKey(pathname: string): Labels {
  const segments = pathname.replace(/^\/metrics\//, '').split('/');
  if (segments.at(-1) === '') segments.pop();
  if (segments.length % 2 !== 0) {
    throw refused(`the last label has no value. Send ${EXAMPLE}; a value with a slash goes as name@base64.`);
  }
  const labels = new Map<string, string>();
  for (let i = 0; i < segments.length; i += 2) {
    const [name, value] = parseLabel(segments[i] ?? '', segments[i + 1] ?? '');
    if (labels.has(name)) throw refused(`the label "${name}" is there twice.`);
    labels.set(name, value);
  }
  if (!labels.get('job')) throw refused(`the job has no name. Send ${EXAMPLE}.`);
  return Object.fromEntries([...labels].sort(([a], [b]) => compareText(a, b)));
}

/** The longest `check` that a posted report may have. */
const MAX_CHECK = 255;
/** Labels that name the target or the pushing machine, not the check. */
const NOT_OF_THE_CHECK: ReadonlySet<string> = new Set(['repo', 'server', 'instance']);
/** Characters that could make two keys the same text, or that are not allowed in a check. */
const ESCAPED = /[%,\p{Cc}]/gu;

/**
 * The check that a grouping key stands for, as text such as `branch=main,job=ci`. Two texts are equal only if the
 * labels are.
 */
export function checkOf(groupingKey: Labels): string {
  const check = Object.entries(groupingKey)
    .filter(([name]) => !NOT_OF_THE_CHECK.has(name))
    .sort(([a], [b]) => compareText(a, b))
    .map(([name, value]) => `${name}=${value.replace(ESCAPED, encodeURIComponent)}`)
    .join(',');
  if (check.length <= MAX_CHECK) return check;
  // A Pushgateway accepts it.
  throw new DomainError(
    'invalid',
    `The path is too long: its labels without repo, server and instance have more than ${MAX_CHECK} ` +
      'characters.',
  );
}

const EXAMPLE = '/metrics/job/NAME/repo/REPO/server/SERVER';

function parseLabel(segment: string, encoded: string): [name: string, value: string] {
  const name = segment.endsWith(BASE64_SUFFIX) ? segment.slice(0, -BASE64_SUFFIX.length) : segment;
  if (!LABEL_NAME.test(name) || name.startsWith('__'))
    throw refused(`"${name}" cannot be the name of a label.`);
  const value = name === segment ? percentDecoded(encoded) : base64Decoded(encoded);
  if (value.includes('\0')) throw refused(`the label "${name}" has U+0000.`);
  return [name, value];
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw refused('a value is not percent-encoded UTF-8.');
  }
}

/** Decodes base64url, padded or not; a single `=` stands for the empty value. */
function base64Decoded(text: string): string {
  const [, bare] = BASE64URL.exec(percentDecoded(text)) ?? [];
  if (bare === undefined || bare.length % 4 === 1)
    throw refused('a value that is marked as base64 is not base64url.');
  const bytes = Buffer.from(bare, 'base64url');
  if (!isUtf8(bytes)) throw refused('a value that is marked as base64 is not base64url of UTF-8.');
  return bytes.toString();
}

function refused(detail: string): DomainError {
  return new DomainError('malformed', `The path names no group: ${detail}`);
}

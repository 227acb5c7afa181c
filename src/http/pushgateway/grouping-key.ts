import { DomainError } from '../../domain/errors.ts';

export type Labels = Readonly<Record<string, string>>;

const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const BASE64_SUFFIX = '@base64';

/**
 * The labels in a path such as `/metrics/job/drift/repo@base64/cnN5c2xvZw/server/lab`, read as Pushgateway reads
 * them. Throws `invalid` where it would refuse them.
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
    labels.set(name, value);
  }
  if (!labels.get('job')) throw refused(`the job has no name. Send ${EXAMPLE}.`);
  return Object.fromEntries(labels);
}

const EXAMPLE = '/metrics/job/NAME/repo/REPO/server/SERVER';

function parseLabel(segment: string, encoded: string): [name: string, value: string] {
  const name = segment.endsWith(BASE64_SUFFIX) ? segment.slice(0, -BASE64_SUFFIX.length) : segment;
  if (!LABEL_NAME.test(name) || name.startsWith('__'))
    throw refused(`"${name}" cannot be the name of a label.`);
  return [name, name === segment ? percentDecoded(encoded) : base64Decoded(encoded)];
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw refused(`"${text}" is not percent-encoded UTF-8.`);
  }
}

/** base64url, padded or not; a single `=` stands for the empty value. */
function base64Decoded(text: string): string {
  const bare = percentDecoded(text).replace(/=+$/, '');
  if (!/^[A-Za-z0-9_-]*$/.test(bare)) throw refused(`"${text}" is not base64url.`);
  return Buffer.from(bare, 'base64url').toString();
}

function refused(detail: string): DomainError {
  return new DomainError('invalid', `The path names no group: ${detail}`);
}

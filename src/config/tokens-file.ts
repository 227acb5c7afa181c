import { z } from 'zod';
import { readRfc3339 } from '../domain/rfc3339.ts';
import { grantErrors, TOKEN_SCOPES, type Token } from '../domain/token.ts';
import { readYaml, unusable } from './yaml-file.ts';

const expectedScope = `must be ${TOKEN_SCOPES.join(', ')}, or a list of them`;
const scope = z.enum(TOKEN_SCOPES, expectedScope);

const expectedInstant = 'must be an instant such as 2027-01-31T00:00:00Z';

const entry = z.strictObject({
  name: z.string(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be the SHA-256 of the token: 64 hex digits in lower case'),
  scope: z.union([scope.transform((one) => [one]), z.array(scope)], expectedScope),
  repos: z.array(z.string()).optional(),
  expires: z
    .string(expectedInstant)
    .transform((text, context) => {
      const at = readRfc3339(text);
      if (typeof at === 'number') return at;
      context.addIssue(`${expectedInstant}: ${at.fault}`);
      return z.NEVER;
    })
    .optional(),
});

const entries = z.array(entry, 'must be a list of tokens; [] for none');

/** The tokens that a file declares. Throws a `ConfigError` that lists every mistake. */
export function readTokensFile(path: string, readFile: (path: string) => string): Token[] {
  const file = { setting: 'GITOPS_STATUS_TOKENS_FILE', path, readFile };
  const parsed = entries.safeParse(readYaml(file));
  if (parsed.data === undefined) throw unusable(file, parsed.error.issues.map(describeIssue));
  const tokens = parsed.data.map(({ scope: scopes, expires, ...token }) => ({
    ...token,
    scopes,
    repos: token.repos,
    expiresAt: expires,
    revokedAt: undefined,
  }));
  const errors = tokens.flatMap((token, i) => grantErrors(token).map((error) => `${nameAt(i)}: ${error}`));
  errors.push(...repetitions(tokens, 'name'), ...repetitions(tokens, 'sha256'));
  if (errors.length > 0) throw unusable(file, errors);
  return tokens;
}

function describeIssue({ path, message }: { path: PropertyKey[]; message: string }): string {
  const [index, ...rest] = path;
  if (index === undefined) return message;
  return `${nameAt(Number(index))}: ${[rest.join('.'), message].filter(Boolean).join(' ')}`;
}

function nameAt(index: number): string {
  return `token ${index + 1}`;
}

function repetitions(tokens: readonly Token[], key: 'name' | 'sha256'): string[] {
  const first = new Map<string, number>();
  return tokens.flatMap((token, i) => {
    const before = first.get(token[key]);
    if (before === undefined) {
      first.set(token[key], i);
      return [];
    }
    return [`${nameAt(i)}: has the ${key} of ${nameAt(before)}`];
  });
}

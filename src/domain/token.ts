import { matchesGlob } from './glob.ts';
import { hasPassword, withoutPassword } from './password.ts';
import { isName, NAME_RULE } from './target.ts';

export const TOKEN_SCOPES = ['report', 'read', 'act', 'admin'] as const;

/** What a token allows: to report, to read what was reported, to mute, acknowledge and retire, to purge and rename. */
export type TokenScope = (typeof TOKEN_SCOPES)[number];

/** What the bearer of a token may do. No scope includes another. */
export interface Grant {
  /** For people: in the log, in the list of tokens, and to revoke it. */
  readonly name: string;
  readonly scopes: readonly TokenScope[];
  /** Patterns of the repos that it may report about; undefined means all. */
  readonly repos: readonly string[] | undefined;
  readonly expiresAt: number | undefined;
}

/** A token as it is stored: its grant and its SHA-256 (hex), never the token itself. */
export interface Token extends Grant {
  readonly sha256: string;
  readonly revokedAt: number | undefined;
}

/** Only a live token grants anything. */
export type TokenState = 'live' | 'expired' | 'revoked';

export function tokenState(
  { expiresAt, revokedAt }: Pick<Token, 'expiresAt' | 'revokedAt'>,
  at: number,
): TokenState {
  if (revokedAt !== undefined) return 'revoked';
  return expiresAt !== undefined && expiresAt <= at ? 'expired' : 'live';
}

export function mayReport({ scopes, repos }: Pick<Grant, 'scopes' | 'repos'>, repo: string): boolean {
  if (!scopes.includes('report')) return false;
  return repos === undefined || repos.some((pattern) => matchesGlob(pattern, repo));
}

/** The characters of a repo name, and `*`: anything else could match no repo. */
const REPO_PATTERN = /^[A-Za-z0-9._~*][A-Za-z0-9._\-:@/+~*]{0,254}$/;

/** What is wrong with a requested grant, with what would be right. */
export function grantErrors({ name, scopes, repos }: Omit<Grant, 'expiresAt'>): string[] {
  const errors: string[] = [];
  if (!isName(name)) {
    errors.push(`"${withoutPassword(name)}" cannot be the name of a token: ${NAME_RULE}, without a password`);
  }
  if (scopes.length === 0) errors.push(`it needs a scope: ${TOKEN_SCOPES.join(', ')}, or several of them`);
  if (repos === undefined) return errors;
  if (repos.length === 0) errors.push('an empty list of repos allows none: leave it out to allow every repo');
  for (const pattern of repos) {
    if (!REPO_PATTERN.test(pattern) || hasPassword(pattern))
      errors.push(`"${withoutPassword(pattern)}" can match no repo: write a pattern such as team-a/*`);
  }
  // A token that is limited to a repo must not be able to delete other targets.
  if (!scopes.includes('report'))
    errors.push('repos limit what is reported: give it the scope report, or no repos');
  for (const scope of scopes.filter((one) => one === 'act' || one === 'admin'))
    errors.push(`repos do not limit the scope ${scope}: make two tokens`);
  return errors;
}

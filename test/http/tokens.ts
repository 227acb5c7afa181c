import type { Token } from '../../src/domain/token.ts';
import { newTokenText, sha256Of } from '../../src/http/auth/token-text.ts';

interface TestToken {
  readonly token: Token;
  /** The header with the token. */
  readonly bearer: { readonly Authorization: string };
  readonly text: string;
}

/** A token with only what a test states: valid for everything, for ever. */
export function aToken(traits: Partial<Token> = {}): TestToken {
  const text = newTokenText();
  const token: Token = {
    name: 'ci',
    sha256: sha256Of(text),
    scopes: ['report', 'read', 'admin'],
    repos: undefined,
    expiresAt: undefined,
    revokedAt: undefined,
    ...traits,
  };
  return { token, text, bearer: { Authorization: `Bearer ${text}` } };
}

/** As a browser or Prometheus sends it. */
export function asPassword(text: string, user = 'anybody') {
  return { Authorization: `Basic ${Buffer.from(`${user}:${text}`).toString('base64')}` };
}

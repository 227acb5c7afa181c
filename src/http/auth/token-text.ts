import { createHash, randomBytes } from 'node:crypto';

/** Tells a token apart from any other secret, for those who search logs and repos for leaked ones. */
const PREFIX = 'gss_';

/** A new token: 256 random bits, which nobody can guess, so that a plain hash keeps them safe. */
export function newTokenText(): string {
  return PREFIX + randomBytes(32).toString('base64url');
}

/** All that is ever kept of a token: its SHA-256 in hex, as `sha256sum` prints it. */
export function sha256Of(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/**
 * The token that an `Authorization` header presents: as a bearer token, or, for clients and browsers that know
 * nothing else, as the password of Basic authentication, whatever the user name.
 */
export function presentedToken(authorization: string | undefined): string | undefined {
  const [, scheme = '', credentials = ''] = /^(\S+) +(\S+)\s*$/.exec(authorization ?? '') ?? [];
  switch (scheme.toLowerCase()) {
    case 'bearer':
      return credentials;
    case 'basic':
      return passwordOf(Buffer.from(credentials, 'base64').toString());
    default:
      return undefined;
  }
}

/** Empty counts as absent: it is what a browser sends of a form that was not filled in. */
function passwordOf(userAndPassword: string): string | undefined {
  const [, password] = /^[^:]*:(.+)$/s.exec(userAndPassword) ?? [];
  return password;
}

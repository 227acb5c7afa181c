import { createHash, randomBytes } from 'node:crypto';

/** Marks a text as a token of this service, for tools that search logs and repos for leaked secrets. */
const PREFIX = 'gss_';

/** Whether this service may have made a text as a token. */
export function looksLikeToken(text: string): boolean {
  return text.startsWith(PREFIX);
}

/** Whether an `Authorization` is a Bearer token. No browser sends one by itself. */
export function isBearer(authorization: string | undefined): boolean {
  return /^bearer\s/i.test(authorization ?? '');
}

/** A new token of 256 random bits. Nobody can guess it, so a plain hash is enough. */
export function newTokenText(): string {
  return PREFIX + randomBytes(32).toString('base64url');
}

/** The SHA-256 of a token in hex, as `sha256sum` prints it. Nothing else of a token is stored. */
export function sha256Of(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/**
 * The token of an `Authorization` header: a bearer token, or the password of Basic authentication with any user name.
 * Some clients support nothing else.
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

/** An empty password counts as absent: browsers send one for an empty form. */
function passwordOf(userAndPassword: string): string | undefined {
  const [, password] = /^[^:]*:(.+)$/s.exec(userAndPassword) ?? [];
  return password;
}

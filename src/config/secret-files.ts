import { X509Certificate } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';

/** A secret is a single line of limited length. */
const MAX_SECRET = 8192;

/**
 * Fields of a settings file that name a file with a secret. Their mistakes name neither the secret nor the path: the
 * path may be a secret in the wrong place.
 */
export function secretFields(settingsFile: string, readFile: (path: string) => string) {
  const named = z.string('must be the path of a file').min(1, 'must be the path of a file');
  const content = named.transform((path, context) => {
    try {
      return readFile(resolve(dirname(settingsFile), path)).trim();
    } catch (error) {
      context.addIssue(`the file that it names cannot be read${codeOf(error)}`);
      return z.NEVER;
    }
  });
  const line = content.refine(
    (text) => text !== '' && text.length <= MAX_SECRET && !/[\p{Cc}\p{Cs}]/u.test(text),
    'the file that it names must have one line',
  );
  return {
    /** One line of any text. */
    line,
    /** An HTTP or HTTPS address. */
    url: line.refine(isHttpUrl, 'the file that it names must have an address such as https://…'),
    /** A value that a header can have. */
    word: line.refine((text) => /^[\x21-\x7e]+$/.test(text), 'the file that it names must have one word'),
    /** A signing key. */
    key: line.transform((text, context) => {
      const key = keyOf(text);
      if (key !== undefined) return key;
      context.addIssue(
        'the file that it names must have whsec_ and 24 to 64 bytes in base64: echo "whsec_$(openssl rand -base64 32)"',
      );
      return z.NEVER;
    }),
    /** Certificates. */
    pem: content.refine(isCertificate, 'the file that it names must have certificates in PEM'),
  };
}

/** An address that a request can be sent to. The part after `#` would never be sent. */
function isHttpUrl(text: string): boolean {
  return /^https?:\/\/[^\s#]+$/i.test(text) && URL.canParse(text) && !hasBrokenLogin(new URL(text));
}

/** Node decodes the login of an address when it sends: without this check a bad login would fail only then. */
function hasBrokenLogin({ username, password }: URL): boolean {
  try {
    decodeURIComponent(username + password);
    return false;
  } catch {
    return true;
  }
}

function isCertificate(text: string): boolean {
  try {
    return new X509Certificate(text).raw.length > 0;
  } catch {
    return false;
  }
}

function keyOf(text: string): Buffer | undefined {
  const [, encoded = ''] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? [];
  const key = Buffer.from(encoded, 'base64');
  return key.length >= 24 && key.length <= 64 ? key : undefined;
}

/** The system's error becomes the cause of this error, whose sentence has the path. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  return 'code' in error ? ` (${error.code})` : codeOf(error.cause);
}

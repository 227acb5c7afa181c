import { DeliveryError } from './channel.ts';

/**
 * What went wrong before there was an answer, in our own words. Messages of Node and of libraries have the address and
 * what the receiver said, and either may hold a secret. For the same reason the error is not given as a cause.
 */
export function deliveryErrorOf(error: unknown): DeliveryError {
  if (error instanceof DeliveryError) return error;
  return new DeliveryError(wordsOf(codeOf(error)));
}

/** The code of a Node error; after several attempts, that of the last one. */
function codeOf(error: unknown): string {
  if (error instanceof AggregateError) return codeOf(error.errors.at(-1));
  if (!(error instanceof Error)) return '';
  if (error.name === 'AbortError') return 'ABORT_ERR';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  // A value that does not look like a code may be somebody else's text.
  return /^[A-Z][A-Z0-9_]{1,60}$/.test(code) ? code : '';
}

const WORDS: Readonly<Record<string, string>> = {
  ABORT_ERR: 'it was stopped before there was an answer',
  ECONNREFUSED: 'the connection was refused: is the receiver running, and is the port right?',
  ECONNRESET: 'the receiver closed the connection before it answered',
  EPIPE: 'the receiver closed the connection before it answered',
  EAI_AGAIN: 'the host name could not be looked up: is DNS working?',
  ENOTFOUND: 'the host name is not known: is it spelt right?',
  EHOSTUNREACH: 'the host cannot be reached from here',
  ENETUNREACH: 'the network of the host cannot be reached from here',
  ETIMEDOUT: 'it took too long',
  ELINKLOCAL: 'the address is link-local or belongs to a metadata service, and no message is ever sent there',
};

const TLS_CODE = /^(?:ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|EPROTO$|HOSTNAME_MISMATCH)/;

function wordsOf(code: string): string {
  const words = WORDS[code];
  if (words !== undefined) return words;
  if (TLS_CODE.test(code))
    return `no secure connection (${code}): does the receiver speak TLS there, and is its certificate trusted?`;
  return code === '' ? 'the connection failed' : `the connection failed (${code})`;
}

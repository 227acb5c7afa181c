import { createHash, timingSafeEqual } from 'node:crypto';
import { TextDecoder } from 'node:util';
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { addressSet, isLoopback, plain } from '../../config/addresses.ts';
import { type PeopleSettings, SECRET_HEADER } from '../../config/people.ts';
import { personNameFault } from '../../domain/person.ts';
import { headerOf, headerValues, peerOf } from '../node-http.ts';
import type { Person } from './caller.ts';

/** What a request says about the person behind it. */
export type Claim =
  | { readonly kind: 'none' }
  /** The header names somebody, but with a secret that is not the proxy's. */
  | { readonly kind: 'wrong_secret' }
  | Person;

const NONE: Claim = { kind: 'none' };

/**
 * Makes a reader of what a proxy says about the person behind a request. Only the other end of the connection is
 * believed, never a forwarded address, and on loopback only with the secret. Throws 400 if the header cannot be the
 * proxy's alone: a client that sends its own through a proxy that adds one would be two people.
 */
export function personReader(people: PeopleSettings | undefined): (c: Context) => Claim {
  if (people === undefined) return () => NONE;
  const isProxy = addressSet(people.proxies);
  const { userHeader, groupsHeader, secret, actUsers, actGroups } = people;
  const isExpected = secret === undefined ? undefined : secretCheck(secret);

  return (c) => {
    const peer = plain(peerOf(c));
    if (!isProxy(peer)) return NONE;
    const presented = headerOf(c, SECRET_HEADER);
    if (isExpected === undefined ? isLoopback(peer) : presented === undefined) return NONE;
    if (headerOf(c, userHeader) === undefined) return NONE;
    if (isExpected?.(presented ?? '') === false) return { kind: 'wrong_secret' };
    const name = onlyValue(c, userHeader);
    if (name === undefined) return NONE;
    const groups = groupsHeader === undefined ? undefined : onlyValue(c, groupsHeader);
    const fault = name.includes(',') ? 'must name one person, without a comma' : personNameFault(name);
    if (fault !== undefined) throw unusable(userHeader, fault);
    const isOfGroup = groupsIn(groups).some((group) => actGroups.includes(group));
    return { kind: 'person', name, mayAct: isOfGroup || actUsers.includes('*') || actUsers.includes(name) };
  };
}

/** In constant time for any input. */
function secretCheck(secret: string): (presented: string) => boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  const expected = digest(secret);
  return (presented) => timingSafeEqual(digest(presented), expected);
}

/** The value of a header; undefined if it is absent or empty. */
function onlyValue(c: Context, header: Lowercase<string>): string | undefined {
  const values = headerValues(c, header);
  if (values.length > 1) {
    const remedy = 'The proxy must replace what a client sends, and send one value';
    throw new HTTPException(400, { message: `The header ${header} came more than once. ${remedy}.` });
  }
  const [value = ''] = values;
  return value === '' ? undefined : decoded(value, header);
}

/** Node reads each byte of a header as a character. */
function decoded(value: string, header: string): string {
  if (/^[\x20-\x7e]*$/.test(value)) return value;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(value, 'latin1'));
  } catch {
    throw unusable(header, 'must be UTF-8');
  }
}

/** Separated by commas or, with some proxies, by bars. */
function groupsIn(value = ''): string[] {
  return value.split(/[,|]/).map((group) => group.trim());
}

function unusable(header: string, fault: string): HTTPException {
  return new HTTPException(400, { message: `The header ${header} ${fault}.` });
}

import { type LookupAddress, type LookupAllOptions, lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { addressSet } from '../config/addresses.ts';

/**
 * Addresses behind which a machine may have secrets: link-local ones, where clouds serve the machine's credentials, and
 * the few metadata services elsewhere. A rule for IPv4 also holds for `::ffff:` forms; other ways to write IPv4 inside
 * IPv6 are listed here.
 */
const isRefused = addressSet([
  '169.254.0.0/16',
  'fe80::/10',
  '::a9fe:0/112',
  '::ffff:0:a9fe:0/112',
  '64:ff9b::a9fe:0/112',
  '2002:a9fe::/32',
  'fd00:ec2::254',
  'fd20:ce::254',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
]);

/** The error for an address that messages are never sent to. It has a code, like Node's errors. */
class LinkLocalError extends Error {
  readonly code = 'ELINKLOCAL';

  constructor() {
    super('a link-local or metadata address, which messages are never sent to');
    this.name = 'LinkLocalError';
  }
}

/**
 * Throws if the host is such an address as a literal. Names are left to `guardedLookup`, which Node does not call for
 * literals. `URL` has already rewritten 0xa9fea9fe and 169.254.43518 in dotted form.
 */
export function refuseLinkLocal(host: string): void {
  const address = host.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  if (isRefused(address)) throw new LinkLocalError();
}

/** Finds all addresses of a name, as `lookup` of `node:dns` does. */
type Resolver = (
  name: string,
  options: LookupAllOptions,
  done: (error: NodeJS.ErrnoException | null, found: LookupAddress[]) => void,
) => void;

/** Looks a name up. The connection uses these addresses, so a name cannot become another address later. */
export function guarded(resolver: Resolver): LookupFunction {
  return (name, options, done) => {
    // After a failure Node gives no list.
    resolver(name, { ...options, all: true }, (error, found: LookupAddress[] | undefined = []) => {
      const allowed = found.filter(({ address }) => !isRefused(address.replace(/%.*$/, '')));
      const [first] = allowed;
      if (error !== null) done(error, []);
      else if (first === undefined) done(new LinkLocalError(), []);
      else if (options.all) done(null, allowed);
      else done(null, first.address, first.family);
    });
  };
}

export const guardedLookup = guarded(lookup);

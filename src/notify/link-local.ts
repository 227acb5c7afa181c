import { type LookupAddress, type LookupAllOptions, lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { addressSet } from '../config/addresses.ts';

/**
 * Where a machine keeps what nobody else may know: link-local addresses, where clouds serve the credentials of a machine,
 * and the few metadata services that have another address. A rule for IPv4 also holds for `::ffff:` forms; the other
 * ways to write one inside IPv6 are here.
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

/** An address that messages are never sent to. It has the code of an error of Node's. */
class LinkLocalError extends Error {
  readonly code = 'ELINKLOCAL';

  constructor() {
    super('a link-local or metadata address, which messages are never sent to');
    this.name = 'LinkLocalError';
  }
}

/**
 * Throws if the host is the literal of such an address. Names are for `guardedLookup`, which Node does not call for
 * literals. `URL` has written 0xa9fea9fe and 169.254.43518 as the address that they are.
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

/** Looks a name up. What it finds is what is connected to, so that a name cannot become another address. */
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

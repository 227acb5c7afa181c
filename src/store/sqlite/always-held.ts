import type { Lease, Leases, Term } from '../leases.ts';

/** A term without end. */
export const FOREVER: Term = {
  fence: 0,
  signal: new AbortController().signal,
  confirm: async () => undefined,
};

/** The leases of the only server that uses a file. */
export function alwaysHeld(): Leases {
  const wanted: Lease[] = [];
  return {
    want(name, { onTerm } = {}) {
      const lease = { name, term: FOREVER, heard: undefined, release: async () => undefined };
      wanted.push(lease);
      onTerm?.(FOREVER);
      return lease;
    },
    wanted,
  };
}

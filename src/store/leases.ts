/** Leases for work that only one of all processes on a database does at a time. */
export type LeaseName = 'messages' | 'jobs';

/** Another process has taken over, or may have. */
export class TermOver extends Error {
  constructor() {
    super('Another process does this now.');
  }
}

/** The time for which this process has a lease. */
export interface Term {
  /** It grows with each term of any process. Writes with the fence of an earlier term are refused. */
  readonly fence: number;
  /** Aborted with `TermOver` once the term is over, as far as this process has noticed. */
  readonly signal: AbortSignal;
  /**
   * Asks the database. Throws `TermOver` if the term is over or may be, also if this process could not notice, because
   * it stood still.
   */
  confirm(): Promise<void>;
}

/** The right to do something alone. */
export interface Lease {
  readonly name: LeaseName;
  /** Undefined while this process does not have it. */
  readonly term: Term | undefined;
  /** The message of its holder to the others, a few seconds old; undefined for the holder. */
  readonly heard: string | undefined;
  /** Gives it up, for ever: another process may have it at once. */
  release(): Promise<void>;
}

/** How a process uses a lease. */
export interface LeaseUse {
  /** Called when a term begins. */
  readonly onTerm?: (term: Term) => void;
  /** The message to the others during it. */
  readonly say?: () => string | undefined;
}

/** The leases of this process. */
export interface Leases {
  /** From now on this process takes the lease whenever no other process has it, and keeps it as long as it can write. */
  want(name: LeaseName, use?: LeaseUse): Lease;
  /** All leases that this process wants. */
  readonly wanted: readonly Lease[];
}

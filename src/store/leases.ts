/** What one process at a time does, of all that use a database. */
export type LeaseName = 'messages' | 'jobs';

/** Another process has taken over, or may have. */
export class TermOver extends Error {
  constructor() {
    super('Another process does this now.');
  }
}

/** The time for which this process has a lease. */
export interface Term {
  /** Greater than in all terms before, of whatever process: what is written with that of an earlier one is refused. */
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
  /** Undefined while another process has it, or nobody. */
  readonly term: Term | undefined;
  /** What the one that has it says to the others, as of the last seconds; undefined for that one itself. */
  readonly heard: string | undefined;
  /** Gives it up, for ever: another process may have it at once. */
  release(): Promise<void>;
}

/** How a process uses a lease. */
export interface LeaseUse {
  /** Called when a term begins. */
  readonly onTerm?: (term: Term) => void;
  /** What is said to the others during it. */
  readonly say?: () => string | undefined;
}

/** The leases of this process. */
export interface Leases {
  /** From now on this process takes the lease whenever no other process has it, and keeps it as long as it can write. */
  want(name: LeaseName, use?: LeaseUse): Lease;
  /** All that were wanted. */
  readonly wanted: readonly Lease[];
}

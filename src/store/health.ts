/** What is wrong with the database as a whole, in words for people, without paths. No retry repairs it. */
export interface DatabaseHealth {
  /** Undefined if nothing is known to be wrong. Cheap. */
  problem(): string | undefined;
  /** Whether the file was deleted or replaced while it was open: then nothing can be recorded or answered. */
  replaced(): string | undefined;
}

/** The result of a check of the whole database. */
export type Verdict =
  | { readonly kind: 'sound' }
  /** `problems` has a few of them, for the log. */
  | { readonly kind: 'damaged'; readonly problems: readonly string[] }
  | { readonly kind: 'unfinished'; readonly reason: string };

const DAMAGED =
  'The database is damaged: answers may be wrong or incomplete. The log of the server says where. ' +
  'Restore a backup: docs/operations.md, "Three in the morning".';

/** The health of a database, as its last check and its file show it. */
export function createHealth({ replaced }: Pick<DatabaseHealth, 'replaced'>): DatabaseHealth & {
  /** An unfinished check changes nothing. */
  checked(verdict: Verdict): void;
} {
  let isDamaged = false;
  return {
    replaced,
    problem: () => replaced() ?? (isDamaged ? DAMAGED : undefined),
    checked({ kind }) {
      if (kind !== 'unfinished') isDamaged = kind === 'damaged';
    },
  };
}

import type { Token } from '../domain/token.ts';

/** A token that was made by command. */
export interface StoredToken extends Token {
  readonly createdAt: number;
  /** Precise to about a minute. */
  readonly lastUsedAt: number | undefined;
}

/** The stored tokens. Safe to be called concurrently, also by other processes on the same data. */
export interface TokenStore {
  /**
   * Stores a new token; it is on disk when the promise resolves. Throws `invalid` if a live token has its name, and
   * `unavailable` if the store cannot write.
   */
  add(token: Omit<StoredToken, 'revokedAt' | 'lastUsedAt'>): Promise<void>;

  /**
   * All tokens, including revoked ones, oldest first. They are read from disk, so those of other processes are
   * included.
   */
  list(): Promise<readonly StoredToken[]>;

  /** Whether a token was ever stored, or noted by `noteDeclared`, even if none is left. */
  everHadAny(): Promise<boolean>;

  /** Remembers that tokens were declared elsewhere, for `everHadAny`. */
  noteDeclared(): Promise<void>;

  /** Revokes the token of that name permanently; false if there is none, or it is revoked already. */
  revoke(name: string, at: number): Promise<boolean>;

  /**
   * Stores when a token was used. It never waits: false if it was not stored, because another process is writing or
   * writes fail. Losing it is safe.
   */
  markUsed(sha256: string, at: number): Promise<boolean>;
}

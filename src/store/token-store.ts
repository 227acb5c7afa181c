import type { Token } from '../domain/token.ts';

/** A token that was made here. */
export interface StoredToken extends Token {
  readonly createdAt: number;
  /** Precise to about a minute. */
  readonly lastUsedAt: number | undefined;
}

/** The stored tokens. Safe to be called concurrently, also by other processes on the same data. */
export interface TokenStore {
  /**
   * Stores a new token; it is on disk when the promise resolves. Throws `invalid` where a live token has its name,
   * `unavailable` where the store cannot write.
   */
  add(token: Omit<StoredToken, 'revokedAt' | 'lastUsedAt'>): Promise<void>;

  /** All tokens, revoked ones too, oldest first, as they are on disk now, also from other processes. */
  list(): Promise<readonly StoredToken[]>;

  /** Whether a token was ever stored, or noted by `noteDeclared`, also where none is left. */
  everHadAny(): Promise<boolean>;

  /** Remembers that tokens were declared elsewhere, so that `everHadAny`. */
  noteDeclared(): Promise<void>;

  /** Revokes the token of that name for good; false where there is none, or it is revoked already. */
  revoke(name: string, at: number): Promise<boolean>;

  /**
   * Stores when a token was used. It never waits: false where it was not stored, because another process is writing
   * or writes fail. Losing it is safe.
   */
  markUsed(sha256: string, at: number): Promise<boolean>;
}

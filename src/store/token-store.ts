import type { Token } from '../domain/token.ts';

/** A token that was made here. */
export interface StoredToken extends Token {
  readonly createdAt: number;
  /** To the minute or so. */
  readonly lastUsedAt: number | undefined;
}

/** Which tokens there are. Safe to be called concurrently, also by other processes on the same data. */
export interface TokenStore {
  /**
   * Keeps a new token; when the promise resolves it is on disk. Throws `invalid` where one that is not revoked has
   * its name, `unavailable` where the store cannot write.
   */
  add(token: Omit<StoredToken, 'revokedAt' | 'lastUsedAt'>): Promise<void>;

  /** All that were ever made, revoked ones too, oldest first: as they are on disk now, whoever wrote them. */
  list(): Promise<readonly StoredToken[]>;

  /** Revokes the token of that name for good; false where there is none that is not revoked yet. */
  revoke(name: string, at: number): Promise<boolean>;

  /**
   * Notes when a token was used. Losing it is safe, and it must not make anybody wait: false where it was not
   * noted, because another process is writing or nothing can be written.
   */
  markUsed(sha256: string, at: number): Promise<boolean>;
}

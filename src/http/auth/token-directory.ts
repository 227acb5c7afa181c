import { timingSafeEqual } from 'node:crypto';
import { type Token, tokenState } from '../../domain/token.ts';
import type { StoredToken, TokenStore } from '../../store/token-store.ts';

/** How long the list of tokens is cached. */
const MAX_AGE_MS = 1000;
/** How precisely the last use of a token is stored. */
const USE_NOTED_EVERY_MS = 60_000;

/** All tokens of the store and the tokens file, cached for a look-up at every request. */
export interface TokenDirectory {
  /**
   * The token with that hash, live or not. Tokens that another process made or revoked are seen within a second. With
   * `afresh` an unknown hash is looked up in the store at once, so that a new token works immediately.
   */
  find(sha256: string, options?: { afresh: boolean }): Promise<Token | undefined>;
  /**
   * Whether there ever was a token, so that losing the last one does not open the server. Revoked, expired and removed
   * tokens count, and those of a tokens file that is no longer named.
   */
  everHadAny(): Promise<boolean>;
  hasLive(): Promise<boolean>;
  /** Stores that a token was used, about once a minute. It never fails, and no request waits for it. */
  used(token: Token): void;
  /** Replaces all tokens of the tokens file. */
  declare(declared: readonly Token[]): void;
}

interface CachedTokens {
  readonly tokens: ReadonlyMap<string, Token>;
  readonly everHadAny: boolean;
  readonly readAt: number;
}

export function createTokenDirectory({
  store,
  clock,
}: {
  store: Pick<TokenStore, 'list' | 'everHadAny' | 'markUsed'>;
  clock: () => number;
}): TokenDirectory {
  let cached: CachedTokens | undefined;
  let reading: Promise<CachedTokens> | undefined;
  let declared: readonly Token[] | undefined;
  const notedAt = new Map<string, number>();

  async function read(): Promise<CachedTokens> {
    const readAt = clock();
    try {
      const stored = await store.list();
      for (const { sha256, lastUsedAt } of stored) {
        notedAt.set(sha256, Math.max(lastUsedAt ?? 0, notedAt.get(sha256) ?? 0));
      }
      const everHadAny = await store.everHadAny();
      cached = { tokens: bySha256(declared ?? [], stored), everHadAny, readAt };
      return cached;
    } finally {
      reading = undefined;
    }
  }

  /** Reads the store; concurrent callers share one read. */
  function readOnce(): Promise<CachedTokens> {
    reading ??= read();
    return reading;
  }

  /** A read that is already running may have started before the token was made. */
  async function readAfresh(): Promise<CachedTokens> {
    await reading?.catch(() => undefined);
    return readOnce();
  }

  /** No promise if they are cached: every request asks. */
  function recent(): CachedTokens | Promise<CachedTokens> {
    // A clock that was turned back must not keep a revoked token alive.
    const ageMs = cached === undefined ? Number.NaN : clock() - cached.readAt;
    if (cached === undefined || !(ageMs >= 0 && ageMs < MAX_AGE_MS)) return readOnce();
    // Refreshed early in the background, so that no request waits. After a failure the next read throws the error.
    if (ageMs > MAX_AGE_MS / 2) readOnce().catch(() => undefined);
    return cached;
  }

  return {
    async find(sha256, { afresh } = { afresh: false }) {
      const { tokens } = await recent();
      const token = tokens.get(sha256) ?? (afresh ? (await readAfresh()).tokens.get(sha256) : undefined);
      return token !== undefined && isSame(token.sha256, sha256) ? token : undefined;
    },
    async everHadAny() {
      return declared !== undefined || (await recent()).everHadAny;
    },
    async hasLive() {
      const { tokens } = await recent();
      return [...tokens.values()].some((token) => tokenState(token, clock()) === 'live');
    },
    used({ sha256 }) {
      const now = clock();
      const before = notedAt.get(sha256);
      // The use of a token from the file is not stored.
      if (before === undefined || Math.abs(now - before) < USE_NOTED_EVERY_MS) return;
      notedAt.set(sha256, now);
      // Losing this is safe: the next use is stored again.
      store.markUsed(sha256, now).catch(() => undefined);
    },
    declare(tokens) {
      declared = tokens;
      cached = undefined;
    },
  };
}

/** The store comes last, so that a token that is also in the file can be revoked in the store. */
function bySha256(declared: readonly Token[], stored: readonly StoredToken[]): Map<string, Token> {
  return new Map([...declared, ...stored].map((token) => [token.sha256, token]));
}

/**
 * The map is searched by hash, and nobody can choose the hash of a guess, so the search reveals nothing by its time.
 * The final comparison takes constant time all the same.
 */
function isSame(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}

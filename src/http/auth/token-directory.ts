import { timingSafeEqual } from 'node:crypto';
import { type Token, tokenState } from '../../domain/token.ts';
import type { StoredToken, TokenStore } from '../../store/token-store.ts';

/** How old what is known about the tokens may be. */
const MAX_AGE_MS = 1000;
/** How exactly it is known when a token was last used. */
const USE_NOTED_EVERY_MS = 60_000;

/** All tokens, those of the store and those that are declared in a file, for looking up at every request. */
export interface TokenDirectory {
  /**
   * The token of that hash, live or not. A token that another process made or revoked counts within a second;
   * with `afresh`, one that is not known is looked for in the store first, so that a new one works at once.
   */
  find(sha256: string, options?: { afresh: boolean }): Promise<Token | undefined>;
  /** Whether there has ever been a token: one that is revoked or expired counts, so that losing the last opens nothing. */
  hasAny(): Promise<boolean>;
  hasLive(): Promise<boolean>;
  /** Notes that a token was used, about once a minute; fails never, and makes nobody wait. */
  used(token: Token): void;
  /** Replaces all tokens that are declared in a file. */
  declare(declared: readonly Token[]): void;
}

interface CachedTokens {
  readonly tokens: ReadonlyMap<string, Token>;
  readonly readAt: number;
}

export function createTokenDirectory({
  store,
  clock,
}: {
  store: Pick<TokenStore, 'list' | 'markUsed'>;
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
      cached = { tokens: bySha256(declared ?? [], stored), readAt };
      return cached;
    } finally {
      reading = undefined;
    }
  }

  /** Asks the store at most once at a time. */
  function readOnce(): Promise<CachedTokens> {
    reading ??= read();
    return reading;
  }

  /** What is being read already may be from before. */
  async function readAfresh(): Promise<CachedTokens> {
    await reading?.catch(() => undefined);
    return readOnce();
  }

  async function recent(): Promise<CachedTokens> {
    // A clock that was turned back must not keep a revoked token alive.
    const ageMs = cached === undefined ? Number.NaN : clock() - cached.readAt;
    if (cached === undefined || !(ageMs >= 0 && ageMs < MAX_AGE_MS)) return readOnce();
    // Read ahead of time, nobody has to wait for it. Where it fails, whoever needs it next is told.
    if (ageMs > MAX_AGE_MS / 2) readOnce().catch(() => undefined);
    return cached;
  }

  return {
    async find(sha256, { afresh } = { afresh: false }) {
      const { tokens } = await recent();
      const token = tokens.get(sha256) ?? (afresh ? (await readAfresh()).tokens.get(sha256) : undefined);
      return token !== undefined && isSame(token.sha256, sha256) ? token : undefined;
    },
    async hasAny() {
      return declared !== undefined || (await recent()).tokens.size > 0;
    },
    async hasLive() {
      const { tokens } = await recent();
      return [...tokens.values()].some((token) => tokenState(token, clock()) === 'live');
    },
    used({ sha256 }) {
      const now = clock();
      const before = notedAt.get(sha256);
      // A token that is only declared has no place to note it.
      if (before === undefined || Math.abs(now - before) < USE_NOTED_EVERY_MS) return;
      notedAt.set(sha256, now);
      // When a token was last used is nice to know, and no more: the next use is noted again.
      store.markUsed(sha256, now).catch(() => undefined);
    },
    declare(tokens) {
      declared = tokens;
      cached = undefined;
    },
  };
}

/** A token that was made here and is declared as well can be revoked here: what the store says of it counts. */
function bySha256(declared: readonly Token[], stored: readonly StoredToken[]): Map<string, Token> {
  return new Map([...declared, ...stored].map((token) => [token.sha256, token]));
}

/**
 * A token is found by its hash, and nobody can steer the hash of a guess: how long the search takes tells nothing.
 * The comparison that decides takes constant time all the same.
 */
function isSame(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}

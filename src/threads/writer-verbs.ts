import type { Horizons, Pruned } from '../domain/retention.ts';
import type { Standing } from '../domain/standing.ts';
import type { Target } from '../domain/target.ts';
import { createGroupCommit } from '../ingest/group-commit.ts';
import type { SqliteStore } from '../store/sqlite/sqlite-store.ts';
import type { Store } from '../store/store.ts';
import type { StoredToken, TokenStore } from '../store/token-store.ts';
import { type PackedRecorded, type PackedReport, packRecorded, unpackReport } from './packed.ts';

/** What the thread that writes does for the others. */
export function writerVerbs(store: Store & { readonly tokens: TokenStore }) {
  const record = createGroupCommit(store);
  let pruning: AsyncIterator<Pruned> | undefined;
  return {
    async record(reports: readonly PackedReport[]): Promise<readonly PackedRecorded[]> {
      const recorded = await record(reports.map(unpackReport));
      return recorded.map(packRecorded);
    },
    forget: (target: Target) => store.forget(target),
    probe: () => store.probe(),
    startPruning(horizons: Horizons, batchMs: number): void {
      pruning = store.prune(horizons, batchMs)[Symbol.asyncIterator]();
    },
    /** Undefined once nothing is left to do. */
    async pruneBatch(): Promise<Pruned | undefined> {
      const next = await pruning?.next();
      return next?.done === false ? next.value : undefined;
    },
    async stopPruning(): Promise<void> {
      await pruning?.return?.();
    },
    addToken: (token: Omit<StoredToken, 'revokedAt' | 'lastUsedAt'>) => store.tokens.add(token),
    listTokens: () => store.tokens.list(),
    revokeToken: (name: string, at: number) => store.tokens.revoke(name, at),
    markTokenUsed: (sha256: string, at: number) => store.tokens.markUsed(sha256, at),
    close: () => store.close(),
  };
}

export type WriterVerbs = ReturnType<typeof writerVerbs>;

/** What has changed since the last time; `count` is how many there are now, in order. */
export interface StandingChanges {
  readonly count: number;
  readonly changed: readonly (readonly [index: number, standing: Standing])[];
}

/**
 * Where every target stands is known where it is written, and so is whose status is another. Whoever asks again is
 * only told what has changed, as cloning all of a large fleet would hold everybody up.
 */
export function changeVerbs(store: Pick<SqliteStore, 'standings' | 'followChanges'>) {
  let told: readonly Standing[] = [];
  return {
    /** Answered as soon as there is a writer, and so a database to read. */
    isOpen: () => true,
    async standingChanges(): Promise<StandingChanges> {
      const before = told;
      told = await store.standings();
      const changed = told.flatMap((standing, i) => (standing === before[i] ? [] : [[i, standing] as const]));
      return { count: told.length, changed };
    },
    statusChanges: store.followChanges(),
  };
}

export type ChangeVerbs = ReturnType<typeof changeVerbs>;

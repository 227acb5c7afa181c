import { and, asc, eq, isNull } from 'drizzle-orm';
import { DomainError } from '../../domain/errors.ts';
import type { StoredToken, TokenStore } from '../token-store.ts';
import { guardWrite } from './failure.ts';
import type { Database } from './open.ts';
import { tokens } from './schema.ts';
import type { Writing } from './writing.ts';

/** The tokens in their table. They are few, so they are read completely. */
export function tokenTable(db: Database, writing: Writing): TokenStore {
  // By `token_name`, which has the same condition.
  const isCalled = (name: string) => and(eq(tokens.name, name), isNull(tokens.revokedAt));

  return {
    async add({ sha256, ...token }) {
      await writing.transaction(() => {
        if (db.select().from(tokens).where(isCalled(token.name)).get() !== undefined) {
          throw new DomainError(
            'invalid',
            `There is a token ${token.name} already: revoke it first, or, to have both while you replace it, choose another name.`,
          );
        }
        db.insert(tokens)
          .values({ ...token, sha256: Buffer.from(sha256, 'hex') })
          .run();
      });
    },
    async list() {
      return db.select().from(tokens).orderBy(asc(tokens.id)).all().map(toToken);
    },
    async everHadAny() {
      return everHadToken(db.$client);
    },
    async noteDeclared() {
      if (!everHadToken(db.$client)) await writing.transaction(() => noteToken(db.$client));
    },
    async revoke(name, at) {
      const revocation = db.update(tokens).set({ revokedAt: at }).where(isCalled(name));
      return writing.transaction(() => revocation.run().changes > 0);
    },
    async markUsed(sha256, at) {
      const isIt = eq(tokens.sha256, Buffer.from(sha256, 'hex'));
      return withoutWaiting(db, () => db.update(tokens).set({ lastUsedAt: at }).where(isIt).run());
    },
  };
}

/** The sequence of the ids shows that there was a token, whatever happened to the rows. */
export function everHadToken(client: Database['$client']): boolean {
  const used = `SELECT 1 FROM sqlite_sequence WHERE name = 'token' AND seq > 0 UNION ALL SELECT 1 FROM token LIMIT 1`;
  return client.prepare(used).get() !== undefined;
}

/** From then on there was a token. Only for a database that never had one. */
export function noteToken(client: Database['$client']): void {
  client.exec(`INSERT INTO sqlite_sequence (name, seq) VALUES ('token', 1)`);
}

/** Tries a write once, without waiting for the lock, because this thread has requests to answer. */
function withoutWaiting(db: Database, work: () => unknown): boolean {
  const usualMs = Number(db.$client.pragma('busy_timeout', { simple: true }));
  db.$client.pragma('busy_timeout = 0');
  try {
    guardWrite(work);
    return true;
  } catch (error) {
    if (error instanceof DomainError && error.code === 'unavailable') return false;
    throw error;
  } finally {
    db.$client.pragma(`busy_timeout = ${usualMs}`);
  }
}

function toToken(row: typeof tokens.$inferSelect): StoredToken {
  return {
    name: row.name,
    sha256: row.sha256.toString('hex'),
    scopes: row.scopes,
    repos: row.repos ?? undefined,
    createdAt: row.createdAt,
    expiresAt: row.expiresAt ?? undefined,
    revokedAt: row.revokedAt ?? undefined,
    lastUsedAt: row.lastUsedAt ?? undefined,
  };
}

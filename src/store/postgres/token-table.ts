import { DomainError } from '../../domain/errors.ts';
import type { TokenScope } from '../../domain/token.ts';
import type { StoredToken, TokenStore } from '../token-store.ts';
import { tokens } from './schema.ts';
import { first, type Session } from './session.ts';
import { command, statement } from './statement.ts';
import { columnNames, rowsWriter, selectList } from './table-columns.ts';
import type { Writer } from './writer.ts';

type TokenRow = typeof tokens.$inferSelect;

const ALL = statement<object, TokenRow>(`SELECT ${selectList(tokens, 'k')} FROM token k ORDER BY k.id`);
/** By `token_name`, as all that name one. */
const CALLED = statement<{ name: string }, { id: number }>(
  'SELECT id FROM token WHERE name = :name AND revoked_at IS NULL',
);
const REVOKE = command<{ name: string; at: number }, { id: number }>(
  'UPDATE token SET revoked_at = :at WHERE name = :name AND revoked_at IS NULL RETURNING id',
);
/** By `token_sha256`. It passes over a row that another process has locked. */
const MARK_USED = command<{ sha256: Buffer; at: number }, { id: number }>(`
  UPDATE token SET last_used_at = :at
  WHERE id = (SELECT id FROM token WHERE sha256 = :sha256 FOR NO KEY UPDATE SKIP LOCKED) RETURNING id`);
const ADD = rowsWriter(tokens, { names: columnNames(tokens, ['id', 'revokedAt', 'lastUsedAt']) });

/** The key in `meta` that remembers tokens that were declared elsewhere. */
const NOTE = command<object>(
  `INSERT INTO meta (key, value) VALUES ('had_tokens', '1') ON CONFLICT (key) DO NOTHING`,
);
const HAD = statement<object, { had: boolean }>(
  `SELECT EXISTS (SELECT 1 FROM token) OR EXISTS (SELECT 1 FROM meta WHERE key = 'had_tokens') AS had`,
);

/** The tokens in their table. There are few, so they are read completely. `session`: may write. */
export function tokenTable({ writer, session }: { writer: Writer; session: Session }): TokenStore {
  return {
    async add({ sha256, ...token }) {
      await writer.transaction(async (transaction) => {
        if ((await first(transaction, CALLED, token)) !== undefined) {
          throw new DomainError(
            'invalid',
            `There is a token ${token.name} already: revoke it first, or, to have both while you replace it, choose another name.`,
          );
        }
        const { name, createdAt, expiresAt, scopes, repos } = token;
        const row = {
          name,
          createdAt,
          expiresAt: expiresAt ?? null,
          sha256: Buffer.from(sha256, 'hex'),
          scopes: JSON.stringify(scopes),
          repos: repos === undefined ? null : JSON.stringify(repos),
        };
        await transaction.all(ADD.statement, ADD.arrays([row]));
      });
    },
    async list() {
      return (await session.all(ALL, {})).map(toToken);
    },
    async everHadAny() {
      return (await first(session, HAD, {}))?.had === true;
    },
    async noteDeclared() {
      await writer.transaction((transaction) => transaction.all(NOTE, {}));
    },
    async revoke(name, at) {
      const revoked = await writer.transaction((transaction) => transaction.all(REVOKE, { name, at }));
      return revoked.length > 0;
    },
    async markUsed(sha256, at) {
      try {
        const marked = await session.all(MARK_USED, { sha256: Buffer.from(sha256, 'hex'), at });
        return marked.length > 0;
      } catch (error) {
        if (error instanceof DomainError && error.code === 'unavailable') return false;
        throw error;
      }
    },
  };
}

function toToken(row: TokenRow): StoredToken {
  return {
    name: row.name,
    sha256: row.sha256.toString('hex'),
    scopes: toList<TokenScope>(row.scopes),
    repos: row.repos === null ? undefined : toList<string>(row.repos),
    createdAt: row.createdAt,
    expiresAt: row.expiresAt ?? undefined,
    revokedAt: row.revokedAt ?? undefined,
    lastUsedAt: row.lastUsedAt ?? undefined,
  };
}

/** Parses what this program wrote. */
function toList<T>(text: string): readonly T[] {
  return JSON.parse(text) as T[];
}

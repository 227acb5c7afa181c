import type Sqlite from 'better-sqlite3';
import type { FormerName } from '../../domain/record/facts.ts';
import { spellingsOf } from '../../domain/spelling.ts';
import type { Target } from '../../domain/target.ts';

/** Two seeks in keys. */
const FORMER_NAME = `
  SELECT t.repo, t.server, f.renamed_at AS renamedAt
  FROM former_name f CROSS JOIN target t ON t.id = f.target_id WHERE f.repo = ? AND f.server = ?`;

/** The target that had a name before; undefined where none had. */
export function formerNames(client: Sqlite.Database): (target: Target) => FormerName | undefined {
  type Row = Target & { readonly renamedAt: number };
  const byName = client.prepare<[string, string], Row>(FORMER_NAME);
  return ({ repo, server }) => {
    const row = byName.get(repo, server);
    return row && { target: { repo: row.repo, server: row.server }, renamedAt: row.renamedAt };
  };
}

/** By `target_spelling`, a seek for each spelling. A few are enough to see the mistake. */
const SIMILAR = `
  SELECT repo, server FROM target
  WHERE lower(repo) IN (SELECT value FROM json_each(:repos))
    AND lower(server) IN (SELECT value FROM json_each(:servers))
    AND deleted_at IS NULL AND NOT (repo = :repo AND server = :server)
  ORDER BY repo, server LIMIT 10`;

type Spellings = Target & { readonly repos: string; readonly servers: string };

/** Some of the targets that are not deleted and have a name like this one: see `spellingKey`. */
export function similarNames(client: Sqlite.Database): (target: Target) => Target[] {
  const similar = client.prepare<[Spellings], Target>(SIMILAR);
  return ({ repo, server }) =>
    similar.all({
      repo,
      server,
      repos: JSON.stringify(spellingsOf(repo)),
      servers: JSON.stringify(spellingsOf(server)),
    });
}

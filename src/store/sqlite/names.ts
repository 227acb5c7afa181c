import type Sqlite from 'better-sqlite3';
import type { TargetFilter } from '../../domain/questions/reader.ts';
import type { FormerName } from '../../domain/record/facts.ts';
import { spellingsOf } from '../../domain/spelling.ts';
import type { Target } from '../../domain/target.ts';
import type { FormerNameOf } from '../queries.ts';
import { prepared } from './prepared.ts';
import { type FilterParams, filterParams } from './target-filter.ts';

/** Two seeks in keys. */
const FORMER_NAME = `
  SELECT t.repo, t.server, f.renamed_at AS renamedAt
  FROM former_name f CROSS JOIN target t ON t.id = f.target_id WHERE f.repo = ? AND f.server = ?`;

/** The target that had a name before; undefined if none had. */
export function formerNames(client: Sqlite.Database): (target: Target) => FormerName | undefined {
  type Row = Target & { readonly renamedAt: number };
  const byName = client.prepare<[string, string], Row>(FORMER_NAME);
  return ({ repo, server }) => {
    const row = byName.get(repo, server);
    return row && { target: { repo: row.repo, server: row.server }, renamedAt: row.renamedAt };
  };
}

/** By the key if repos are named, otherwise a scan of the former names, of which there are few. */
const formerBy = ({ repos, servers }: TargetFilter) => `
  SELECT f.repo AS formerRepo, f.server AS formerServer, t.repo, t.server, f.renamed_at AS renamedAt
  FROM former_name f CROSS JOIN target t ON t.id = f.target_id
  WHERE t.repo IS NOT NULL
    ${repos === undefined ? '' : 'AND f.repo IN (SELECT value FROM json_each(:repos))'}
    ${servers === undefined ? '' : 'AND f.server IN (SELECT value FROM json_each(:servers))'}
  ORDER BY f.repo, f.server LIMIT 100`;

export function formerNamesBy(client: Sqlite.Database, filter: TargetFilter): FormerNameOf[] {
  type Row = Target & {
    readonly formerRepo: string;
    readonly formerServer: string;
    readonly renamedAt: number;
  };
  const rows = prepared<[FilterParams], Row>(client, formerBy(filter)).all(filterParams(filter));
  return rows.map(({ repo, server, formerRepo, formerServer, renamedAt }) => ({
    formerly: { repo: formerRepo, server: formerServer },
    target: { repo, server },
    renamedAt,
  }));
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

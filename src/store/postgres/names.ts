import type { TargetFilter } from '../../domain/questions/reader.ts';
import { spellingsOf } from '../../domain/spelling.ts';
import type { Target } from '../../domain/target.ts';
import type { FormerNameOf } from '../queries.ts';
import type { Session } from './session.ts';
import { cachedStatement, statement } from './statement.ts';
import { type FilterParams, filterParams } from './target-filter.ts';

/** By the key where repos are named, otherwise a scan of the former names, of which there are few. */
const formerBy = ({ repos, servers }: TargetFilter) => `
  SELECT f.repo AS "formerRepo", f.server AS "formerServer", t.repo, t.server, f.renamed_at AS "renamedAt"
  FROM former_name f JOIN target t ON t.id = f.target_id
  WHERE t.repo IS NOT NULL
    ${repos === undefined ? '' : 'AND f.repo = ANY (:repos::text[])'}
    ${servers === undefined ? '' : 'AND f.server = ANY (:servers::text[])'}
  ORDER BY f.repo, f.server LIMIT 100`;

interface FormerRow extends Target {
  readonly formerRepo: string;
  readonly formerServer: string;
  readonly renamedAt: number;
}

export async function formerNamesBy(session: Session, filter: TargetFilter): Promise<FormerNameOf[]> {
  const asked = cachedStatement<FilterParams, FormerRow>(formerBy(filter));
  const rows = await session.all(asked, filterParams(filter));
  return rows.map(({ repo, server, formerRepo, formerServer, renamedAt }) => ({
    formerly: { repo: formerRepo, server: formerServer },
    target: { repo, server },
    renamedAt,
  }));
}

interface Spellings extends Target {
  readonly repos: readonly string[];
  readonly servers: readonly string[];
}

/** By `target_spelling`. A few are enough to see the mistake. */
const SIMILAR = statement<Spellings, Target>(`
  SELECT t.repo, t.server FROM target t JOIN target_status s ON s.target_id = t.id
  WHERE lower(t.repo) = ANY (:repos::text[]) AND lower(t.server) = ANY (:servers::text[])
    AND (s.checked_at IS NOT NULL OR t.declared_at IS NOT NULL)
    AND t.deleted_at IS NULL AND NOT (t.repo = :repo AND t.server = :server)
  ORDER BY t.repo, t.server LIMIT 10`);

/** Some of the targets that are not deleted and have a name like this one: see `spellingKey`. */
export function similarNames(session: Session, { repo, server }: Target): Promise<Target[]> {
  return session.all(SIMILAR, {
    repo,
    server,
    repos: spellingsOf(repo),
    servers: spellingsOf(server),
  });
}

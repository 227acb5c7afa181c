import type { TargetFilter } from '../../domain/questions/reader.ts';
import { spellingsOf } from '../../domain/spelling.ts';
import type { Target } from '../../domain/target.ts';
import type { FormerNameOf } from '../queries.ts';
import { grouped } from './grouped.ts';
import type { Session } from './session.ts';
import { cachedStatement, statement } from './statement.ts';
import { type FilterParams, filterParams } from './target-filter.ts';

/** By the key if repos are named, otherwise a scan of the former names, of which there are few. */
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

interface Spellings {
  readonly places: readonly number[];
  readonly repos: readonly string[];
  readonly servers: readonly string[];
}

/** By `target_spelling`, for many names at once. */
const SIMILAR = statement<Spellings, Target & { place: number }>(`
  SELECT w.place, t.repo, t.server
  FROM unnest(:places::bigint[], :repos::text[], :servers::text[]) AS w(place, repo, server)
  JOIN target t ON lower(t.repo) = w.repo COLLATE "C" AND lower(t.server) = w.server COLLATE "C"
  JOIN target_status s ON s.target_id = t.id
  WHERE (s.checked_at IS NOT NULL OR t.declared_at IS NOT NULL) AND t.deleted_at IS NULL
  ORDER BY w.place, t.repo, t.server`);

/** A few are enough to show the mistake. */
const MOST = 10;

/** For each target some of those that are not deleted and have a name like this one: see `spellingKey`. */
export async function similarNames(
  session: Session,
  targets: readonly Target[],
): Promise<readonly (readonly Target[])[]> {
  if (targets.length === 0) return [];
  const spelled = targets.flatMap(({ repo, server }, place) =>
    spellingsOf(repo).flatMap((r) => spellingsOf(server).map((s) => ({ place, repo: r, server: s }))),
  );
  const rows = await session.all(SIMILAR, {
    places: spelled.map(({ place }) => place),
    repos: spelled.map(({ repo }) => repo),
    servers: spelled.map(({ server }) => server),
  });
  const byPlace = grouped(rows, ({ place }) => place);
  return targets.map((target, place) =>
    (byPlace.get(place) ?? [])
      .filter(({ repo, server }) => repo !== target.repo || server !== target.server)
      .slice(0, MOST)
      .map(({ repo, server }) => ({ repo, server })),
  );
}

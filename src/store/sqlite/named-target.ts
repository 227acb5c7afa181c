import type Sqlite from 'better-sqlite3';
import { hasPassword, withoutPassword } from '../../domain/password.ts';
import type { TargetFilter } from '../../domain/questions/reader.ts';
import type { Target } from '../../domain/target.ts';

// Earlier versions accepted names with passwords. Such a target is known by another name, which has its id in place of
// the password: `~12/https://host/repo`. No other target has that name.

interface NamedRow extends Target {
  readonly targetId: number;
}

/** A target by the names that it is known by. */
export function toTarget({ targetId, repo, server }: NamedRow): Target {
  return { repo: knownAs(repo, targetId), server: knownAs(server, targetId) };
}

/** A repo or server by the name that it is known by. */
export function knownAs(name: string, targetId: number): string {
  return hasPassword(name) ? `~${targetId}/${withoutPassword(name)}` : name;
}

const BY_ID = 'SELECT id AS targetId, repo, server FROM target WHERE id = ? AND repo IS NOT NULL';
const BY_NAME = 'SELECT id FROM target WHERE repo = ? AND server = ?';

/** Requested names, as they are stored. */
export interface StoredNames {
  filter(asked: TargetFilter): TargetFilter;
  target(asked: Target): Target;
}

export function storedNames(client: Sqlite.Database): StoredNames {
  const byId = client.prepare<[number], NamedRow>(BY_ID);
  const stored = (key: keyof Target) => (asked: string) => {
    if (!asked.startsWith('~')) return asked;
    const id = /^~(\d{1,15})\//.exec(asked)?.[1];
    const row = id === undefined ? undefined : byId.get(Number(id));
    return row !== undefined && toTarget(row)[key] === asked ? row[key] : asked;
  };
  const [storedRepo, storedServer] = [stored('repo'), stored('server')];
  return {
    filter: ({ repos, servers, ...others }) => ({
      ...others,
      ...(repos && { repos: repos.map(storedRepo) }),
      ...(servers && { servers: servers.map(storedServer) }),
    }),
    target: ({ repo, server }) => ({ repo: storedRepo(repo), server: storedServer(server) }),
  };
}

/** Makes a function for rows without an id; a purged target has none. */
export function targetNamed(client: Sqlite.Database): (stored: Target) => Target {
  const byName = client.prepare<[string, string], number>(BY_NAME).pluck();
  return ({ repo, server }) => {
    if (!hasPassword(repo) && !hasPassword(server)) return { repo, server };
    return toTarget({ targetId: byName.get(repo, server) ?? 0, repo, server });
  };
}

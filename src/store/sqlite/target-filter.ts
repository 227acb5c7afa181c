import type { TargetFilter } from '../../domain/questions/reader.ts';

/** What the named parameters of a filter's condition are bound to. */
export interface FilterParams {
  readonly repos: string;
  readonly servers: string;
}

/**
 * The condition on `target t` that a filter is: by `target_name` where repos are named, else a look at every target,
 * of which there are few. Its text depends on which lists there are, not on what is in them.
 */
export function namedBy({ repos, servers }: TargetFilter): string {
  const named = ['t.repo IS NOT NULL'];
  if (repos !== undefined) named.push('t.repo IN (SELECT value FROM json_each(:repos))');
  if (servers !== undefined) named.push('t.server IN (SELECT value FROM json_each(:servers))');
  return named.join(' AND ');
}

/** The same without those that are deleted. */
export function shownBy(filter: TargetFilter): string {
  return `t.deleted_at IS NULL AND ${namedBy(filter)}`;
}

export function filterParams({ repos = [], servers = [] }: TargetFilter): FilterParams {
  return { repos: JSON.stringify(repos), servers: JSON.stringify(servers) };
}

import { keyCount } from '../../domain/questions/label-filter.ts';
import { isPattern } from '../../domain/questions/name-matcher.ts';
import type { TargetFilter } from '../../domain/questions/reader.ts';

/** The parameters of the condition of a filter. */
export interface FilterParams {
  readonly repos: readonly string[];
  readonly servers: readonly string[];
  readonly labels: readonly string[];
  readonly labelKeys: number;
}

/**
 * Of each key that is asked for, the target has one of the values. A target has a key only once, so as many of its labels
 * are asked for as there are keys.
 */
const LABELLED = `(
  SELECT count(*) FROM json_each_text(t.labels::json) AS l WHERE l.key || ':' || l.value = ANY (:labels::text[])
) = :labelKeys::bigint`;

/**
 * The condition of a filter on `target t`: by `target_name` if repos are named, by `target_server` if servers
 * are, otherwise a scan of the targets, of which there are few. The text depends only on which lists are present, and on
 * whether there are patterns in them.
 */
export function namedBy({ repos, servers, labels }: TargetFilter): string {
  const named = ['t.repo IS NOT NULL'];
  if (repos !== undefined) named.push(`t.repo ${oneOf(repos)} ANY (:repos::text[])`);
  if (servers !== undefined) named.push(`t.server ${oneOf(servers)} ANY (:servers::text[])`);
  if (labels !== undefined) named.push(LABELLED);
  return named.join(' AND ');
}

function oneOf(names: readonly string[]): 'LIKE' | '=' {
  return names.some(isPattern) ? 'LIKE' : '=';
}

/** The same without those that are deleted. */
export function shownBy(filter: TargetFilter): string {
  return `t.deleted_at IS NULL AND ${namedBy(filter)}`;
}

/** Of these, the targets that have reported or were declared. `s` is joined by `WITH_STATUS`. */
export function standingBy(filter: TargetFilter): string {
  return `(s.target_id IS NOT NULL OR t.declared_at IS NOT NULL) AND ${shownBy(filter)}`;
}

export function filterParams({ repos = [], servers = [], labels = [] }: TargetFilter): FilterParams {
  return {
    repos: asAsked(repos),
    servers: asAsked(servers),
    labels,
    labelKeys: keyCount(labels),
  };
}

/** With LIKE, `%` stands for what `*` stands for, and its own special characters for themselves. */
function asAsked(names: readonly string[]): readonly string[] {
  if (!names.some(isPattern)) return names;
  return names.map((name) => name.replace(/[\\%_]/g, '\\$&').replaceAll('*', '%'));
}

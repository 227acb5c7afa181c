import { keyCount } from '../../domain/questions/label-filter.ts';
import { isPattern } from '../../domain/questions/name-matcher.ts';
import type { TargetFilter } from '../../domain/questions/reader.ts';

/** The named parameters of the condition of a filter. */
export interface FilterParams {
  readonly repos: string;
  readonly servers: string;
  readonly labels: string;
  readonly labelKeys: number;
}

/**
 * The target has one of the requested values of each key. A target has a key only once, so as many of its labels must
 * match as there are keys. This costs about a microsecond for a target, and no history is read for others.
 */
const LABELLED = `(
  SELECT count(*) FROM json_each(t.labels) WHERE key || ':' || value IN (SELECT value FROM json_each(:labels))
) = :labelKeys`;

/**
 * The condition of a filter on `target t`: by `target_name` if repos are named, otherwise a scan of the targets, of
 * which there are few. The text depends only on which lists are present and whether they have patterns.
 */
export function namedBy({ repos, servers, labels }: TargetFilter): string {
  const named = ['t.repo IS NOT NULL'];
  if (repos !== undefined) named.push(oneOf('t.repo', repos, 'json_each(:repos)'));
  if (servers !== undefined) named.push(oneOf('t.server', servers, 'json_each(:servers)'));
  if (labels !== undefined) named.push(LABELLED);
  return named.join(' AND ');
}

/** GLOB equals `matchesGlob` here: names and patterns have no other character with a meaning in GLOB. */
function oneOf(column: string, names: readonly string[], list: string): string {
  if (!names.some(isPattern)) return `${column} IN (SELECT value FROM ${list})`;
  return `EXISTS (SELECT 1 FROM ${list} WHERE ${column} GLOB value)`;
}

/** The same without deleted targets. */
export function shownBy(filter: TargetFilter): string {
  return `t.deleted_at IS NULL AND ${namedBy(filter)}`;
}

/**
 * Of these, the targets that have reported or were declared. `s` is `target_status`; it is an outer join, because a row
 * may be missing.
 */
export function standingBy(filter: TargetFilter): string {
  return `(s.target_id IS NOT NULL OR t.declared_at IS NOT NULL) AND ${shownBy(filter)}`;
}

export function filterParams({ repos = [], servers = [], labels = [] }: TargetFilter): FilterParams {
  return {
    repos: JSON.stringify(repos),
    servers: JSON.stringify(servers),
    labels: JSON.stringify(labels),
    labelKeys: keyCount(labels),
  };
}

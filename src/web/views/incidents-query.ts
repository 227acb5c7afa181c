import { linkTo } from './links.ts';
import type { Span } from './range-nav.tsx';

export const INCIDENT_CAUSES = ['host_changed', 'commit_not_applied', 'unknown'] as const;
export const INCIDENT_STATUSES = ['open', 'resolved'] as const;

/** The query of the incidents page. Every link on the page keeps the other parts of it. */
export interface IncidentsQuery {
  readonly q: string | undefined;
  readonly repo: readonly string[] | undefined;
  readonly server: readonly string[] | undefined;
  /** Each `key:value`. */
  readonly label: readonly string[] | undefined;
  readonly status: (typeof INCIDENT_STATUSES)[number] | undefined;
  readonly cause: (typeof INCIDENT_CAUSES)[number] | undefined;
  readonly muted: boolean | undefined;
  readonly range: Span;
}

/** The link to the incidents page with some changes to the query; it starts at the first page. */
export function incidentsLink(
  query: IncidentsQuery,
  changes: Partial<IncidentsQuery> & { page?: number } = {},
): string {
  const { q, repo, server, label, status, cause, muted, range, page } = { ...query, page: 1, ...changes };
  return linkTo('/incidents', {
    q,
    repo,
    server,
    label,
    status,
    cause,
    muted: muted?.toString(),
    range,
    page: page === 1 ? undefined : page,
  });
}

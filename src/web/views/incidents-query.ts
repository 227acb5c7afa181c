import { formatInstant } from '../../domain/instant.ts';
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
  /** A line for each incident, not for each target and cause. */
  readonly each: boolean;
  /** The length of the range up to now; ignored if `from` or `to` is given. */
  readonly range: Span;
  readonly from: number | undefined;
  readonly to: number | undefined;
}

export const NO_QUERY: Omit<IncidentsQuery, 'range'> = {
  q: undefined,
  repo: undefined,
  server: undefined,
  label: undefined,
  status: undefined,
  cause: undefined,
  muted: undefined,
  each: false,
  from: undefined,
  to: undefined,
};

/** The link to the incidents page with some changes to the query; it starts at the first page. */
export function incidentsLink(
  query: IncidentsQuery,
  changes: Partial<IncidentsQuery> & { page?: number } = {},
): string {
  const { muted, each, from, to, page = 1, ...rest } = { ...query, ...changes };
  return linkTo('/incidents', {
    ...rest,
    muted: muted?.toString(),
    each: each ? 'true' : undefined,
    from: from === undefined ? undefined : formatInstant(from),
    to: to === undefined ? undefined : formatInstant(to),
    page: page === 1 ? undefined : page,
  });
}

/** Whether it selects a part of the fleet, or of its incidents. Time is no filter. */
export function isFiltered({ q, repo, server, label, status, cause, muted }: IncidentsQuery): boolean {
  return [q, repo, server, label, status, cause, muted].some((value) => value !== undefined);
}

/** The fields that a form for another time must send along. */
export function keptBy({ muted, each, from: _, to: __, range, ...rest }: IncidentsQuery) {
  return { ...rest, muted: muted?.toString(), each: each ? 'true' : undefined, range };
}

/** Links also lead to the API, which knows everything except the search, the status and the cause. */
export function incidentsApiLink(
  { repo, server, label, muted, to }: IncidentsQuery,
  { from, format }: { from: number; format?: 'csv' },
): string {
  return linkTo('/api/v1/incidents', {
    repo,
    server,
    label,
    muted: muted?.toString(),
    from: formatInstant(from),
    to: to === undefined ? undefined : formatInstant(to),
    format,
  });
}

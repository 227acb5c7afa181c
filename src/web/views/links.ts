import { formatInstant } from '../../domain/instant.ts';
import type { Target } from '../../domain/target.ts';

export type Params = Readonly<Record<string, string | number | readonly string[] | undefined>>;

/**
 * A path with a query. Absent and empty values are left out. Several values are joined by commas, except labels: they
 * may contain commas, so each is a parameter of its own.
 */
export function linkTo(path: string, params: Params = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    const values = [value ?? ''].flat();
    for (const text of name === 'label' ? values.map(String) : [values.join(',')]) {
      if (text !== '') query.append(name, text);
    }
  }
  return query.size === 0 ? path : `${path}?${query}`;
}

export function targetLink({ repo, server }: Target, params: Params = {}): string {
  return linkTo('/target', { repo, server, ...params });
}

export function fileLink(name: string, params: Params = {}): string {
  // A file name may contain blanks and commas, so it is never sent in a list.
  return linkTo('/file', { name, ...params });
}

/** The page of one commit: where it has landed. */
export function commitLink(commit: string, params: Params = {}): string {
  return linkTo(`/commit/${encodeURIComponent(commit)}`, params);
}

/** The page of one incident. */
export function incidentLink(id: number): string {
  return `/incident/${id}`;
}

const SECOND = 1000;

/** The API has all of it. */
export function incidentApiLink({ repo, server, openedAt }: Target & { readonly openedAt: number }): string {
  const [from, to] = [formatInstant(openedAt), formatInstant(openedAt + SECOND)];
  return linkTo('/api/v1/incidents', { repo, server, from, to });
}

import { Select } from './select.tsx';

interface Search {
  readonly query: { readonly q?: string | undefined; readonly repo?: readonly string[] | undefined };
  readonly repos: readonly string[];
}

/** The search fields of every list. */
export function SearchFields({ query, repos }: Search) {
  return (
    <>
      <label>
        Search <input type="search" name="q" value={query.q ?? ''} placeholder="repo, server or file" />
      </label>
      <Select
        name="repo"
        label="Repo"
        options={repos.map((repo) => [repo, repo])}
        chosen={query.repo?.join(',')}
      />
    </>
  );
}

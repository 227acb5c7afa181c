import type { State } from '../../domain/state.ts';
import { fleetLink, sortParam } from './fleet-links.ts';
import type { FleetView } from './fleet-view.ts';
import { LabelFields } from './label-fields.tsx';
import { HiddenField, MutedSelect, Select } from './select.tsx';
import { Glyph } from './state.tsx';
import { STATE_WORDS } from './words.ts';

const ORDER: readonly State[] = ['OUT_OF_SYNC', 'UNKNOWN', 'STALE', 'SYNCED'];

/** The states to choose from with how many there are, and a form for the rest. */
export function FleetFilter({ view }: { view: FleetView }) {
  const { query, counts, found } = view;
  const isAll = query.state === undefined;
  return (
    <div class="filter">
      <nav class="states" aria-label="States">
        <a href={fleetLink(query, { state: undefined })} {...(isAll ? { 'aria-current': 'true' } : {})}>
          All <b>{found}</b>
        </a>
        {ORDER.map((state) => (
          <a
            class={`state ${state}`}
            href={fleetLink(query, { state: [state] })}
            {...(query.state?.includes(state) ? { 'aria-current': 'true' } : {})}
          >
            <Glyph state={state} />
            {STATE_WORDS[state]} <b>{counts[state]}</b>
          </a>
        ))}
      </nav>
      <FilterForm view={view} />
    </div>
  );
}

function FilterForm({ view: { query, repos, labels } }: { view: FleetView }) {
  const { q, repo, server, label, muted } = query;
  const isFiltered = [q, repo, server, label, muted].some((value) => value !== undefined);
  return (
    <search>
      <form method="get" action="/">
        <HiddenField name="q" value={query.q} />
        <Select
          name="repo"
          label="Repo"
          options={repos.map((repo) => [repo, repo])}
          chosen={query.repo?.join(',')}
        />
        <LabelFields chosen={query.label} labels={labels} linkTo={(label) => fleetLink(query, { label })} />
        <MutedSelect chosen={query.muted} />
        <HiddenField name="server" value={query.server?.join(',')} />
        <HiddenField name="state" value={query.state?.join(',')} />
        <HiddenField name="sort" value={sortParam(query)} />
        <button type="submit">Apply</button>
        {isFiltered ? (
          <a
            href={fleetLink(query, {
              q: undefined,
              repo: undefined,
              server: undefined,
              label: undefined,
              muted: undefined,
            })}
          >
            Clear
          </a>
        ) : null}
      </form>
    </search>
  );
}

import type { State } from '../../domain/state.ts';
import { atParam, fleetLink, sortParam } from './fleet-links.ts';
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

const NOTHING = {
  q: undefined,
  repo: undefined,
  server: undefined,
  label: undefined,
  muted: undefined,
  problem: undefined,
} as const;

export function FilterForm({ view: { query, repos, labels } }: { view: FleetView }) {
  const { q, repo, server, label, muted, problem } = query;
  const isFiltered = [q, repo, server, label, muted, problem].some((value) => value !== undefined);
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
        <label>
          Server <input name="server" value={query.server?.join(',') ?? ''} placeholder="web-*" size={12} />
        </label>
        <LabelFields chosen={query.label} labels={labels} linkTo={(label) => fleetLink(query, { label })} />
        <MutedSelect chosen={query.muted} />
        <HiddenField name="problem" value={query.problem} />
        <HiddenField name="state" value={query.state?.join(',')} />
        <HiddenField name="view" value={query.view} />
        <HiddenField name="at" value={atParam(query.at)?.toString()} />
        <HiddenField name="sort" value={sortParam(query)} />
        <button type="submit">Apply</button>
        {isFiltered ? <a href={fleetLink(query, NOTHING)}>Clear</a> : null}
      </form>
    </search>
  );
}

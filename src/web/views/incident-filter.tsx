import { INCIDENT_STATUSES, type IncidentsQuery } from './incidents-query.ts';
import { SearchFields } from './search-fields.tsx';
import { HiddenField, Select } from './select.tsx';
import { causeWords } from './words.ts';

const CAUSES = [
  ['host_changed', causeWords('host_changed').short],
  ['commit_not_applied', causeWords('commit_not_applied').short],
  ['unknown', causeWords(undefined).short],
] as const;

export function IncidentFilter({ query, repos }: { query: IncidentsQuery; repos: readonly string[] }) {
  const isFiltered = [query.q, query.repo, query.server, query.status, query.cause].some(Boolean);
  return (
    <search>
      <form method="get" action="/incidents">
        <SearchFields {...{ query, repos }} />
        <Select
          name="status"
          label="Status"
          options={INCIDENT_STATUSES.map((status) => [status, status])}
          chosen={query.status}
        />
        <Select name="cause" label="Cause" options={CAUSES} chosen={query.cause} />
        <HiddenField name="server" value={query.server?.join(',')} />
        <HiddenField name="range" value={query.range} />
        <button type="submit">Apply</button>
        {isFiltered ? <a href={`/incidents?range=${query.range}`}>Clear</a> : null}
      </form>
    </search>
  );
}

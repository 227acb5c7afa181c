import { formatInstant } from '../../domain/instant.ts';
import {
  INCIDENT_STATUSES,
  type IncidentsQuery,
  incidentsLink,
  isFiltered,
  NO_QUERY,
} from './incidents-query.ts';
import { LabelFields } from './label-fields.tsx';
import { SearchFields } from './search-fields.tsx';
import { HiddenField, MutedSelect, Select } from './select.tsx';
import { causeWords } from './words.ts';

const CAUSES = [
  ['host_changed', causeWords('host_changed').short],
  ['commit_not_applied', causeWords('commit_not_applied').short],
  ['unknown', causeWords(undefined).short],
] as const;

interface IncidentFilterProps {
  readonly query: IncidentsQuery;
  readonly repos: readonly string[];
  readonly labels: readonly string[];
}

export function IncidentFilter({ query, repos, labels }: IncidentFilterProps) {
  const { range, from, to, each } = query;
  return (
    <details class="more" open={isFiltered(query)}>
      <summary>Search and filter</summary>
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
          <LabelFields
            chosen={query.label}
            labels={labels}
            linkTo={(label) => incidentsLink(query, { label })}
          />
          <MutedSelect chosen={query.muted} />
          <HiddenField name="server" value={query.server?.join(',')} />
          <HiddenField name="range" value={range} />
          <HiddenField name="from" value={from === undefined ? undefined : formatInstant(from)} />
          <HiddenField name="to" value={to === undefined ? undefined : formatInstant(to)} />
          <HiddenField name="each" value={each ? 'true' : undefined} />
          <button type="submit">Apply</button>
          {isFiltered(query) ? (
            <a href={incidentsLink({ ...NO_QUERY, range, from, to, each })}>Clear</a>
          ) : null}
        </form>
      </search>
    </details>
  );
}

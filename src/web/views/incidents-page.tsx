import type { Compliance } from '../../domain/questions/compliance.ts';
import type { Recurrence } from '../../domain/questions/recurrence.ts';
import { Figures } from './figures.tsx';
import { IncidentFilter } from './incident-filter.tsx';
import { type IncidentRow, IncidentTable } from './incident-table.tsx';
import { type IncidentsQuery, incidentsLink } from './incidents-query.ts';
import { type Frame, Page } from './layout.tsx';
import { Paging } from './paging.tsx';
import { RangeNav, SPAN_WORDS } from './range-nav.tsx';
import { Recurring } from './recurring.tsx';
import { formatSpan, plural } from './words.ts';

export interface IncidentsView {
  readonly query: IncidentsQuery;
  readonly repos: readonly string[];
  /** Every label that a target has, as `key:value`. */
  readonly labels: readonly string[];
  /** Open first, then the newest first. */
  readonly rows: readonly IncidentRow[];
  readonly matching: number;
  readonly open: number;
  readonly page: number;
  readonly pages: number;
  readonly toResolve: Pick<Compliance, 'meanTimeToResolveMs' | 'medianTimeToResolveMs'>;
  readonly recurrences: readonly Recurrence[];
}

export function incidentsPage(view: IncidentsView, frame: Frame) {
  const { query, rows, page, pages, matching, open, recurrences } = view;
  const title =
    query.status === 'resolved' ? plural(matching, 'resolved incident') : plural(open, 'open incident');
  return (
    <Page frame={frame} title={title} here="incidents" json="/api/v1/incidents">
      <div class="head">
        <h1>{title}</h1>
        <RangeNav chosen={query.range} linkTo={(range) => incidentsLink(query, { range })} />
      </div>
      <IncidentFilter query={query} repos={view.repos} labels={view.labels} />
      <section aria-labelledby="list">
        <h2 id="list">Incidents</h2>
        {rows.length === 0 ? (
          <p class="none">No incident in the last {SPAN_WORDS[query.range]} matches.</p>
        ) : (
          <IncidentTable caption="Incidents" rows={rows} withTarget now={frame.now} />
        )}
        <Paging page={page} pages={pages} linkTo={(page) => incidentsLink(query, { page })}>
          {plural(matching, 'incident')}
        </Paging>
      </section>
      <Summary view={view} />
      <Recurring recurrences={recurrences} span={query.range} withTarget />
    </Page>
  );
}

function Summary({ view: { matching, open, toResolve, query } }: { view: IncidentsView }) {
  const { meanTimeToResolveMs: mean, medianTimeToResolveMs: median } = toResolve;
  return (
    <Figures
      figures={[
        { name: 'Incidents', value: matching, note: `in ${SPAN_WORDS[query.range]}` },
        { name: 'Open', value: open },
        {
          name: 'Median time to resolve',
          value: median === undefined ? 'none resolved' : formatSpan(median),
        },
        { name: 'Mean time to resolve', value: mean === undefined ? 'none resolved' : formatSpan(mean) },
      ]}
    />
  );
}

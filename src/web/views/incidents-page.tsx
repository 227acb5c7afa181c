import { EmptyFleet } from './empty-fleet.tsx';
import { Figures } from './figures.tsx';
import { IncidentFilter } from './incident-filter.tsx';
import { IncidentTable } from './incident-table.tsx';
import {
  type IncidentsQuery,
  incidentsApiLink,
  incidentsLink,
  isFiltered,
  keptBy,
  NO_QUERY,
} from './incidents-query.ts';
import type { IncidentsView } from './incidents-view.ts';
import { detailsOf, Headline, titleOf } from './incidents-words.tsx';
import { type Frame, Page } from './layout.tsx';
import { LineTable } from './line-table.tsx';
import { Paging } from './paging.tsx';
import { RangeForm } from './range-form.tsx';
import { RangeNav } from './range-nav.tsx';
import { Instant } from './time.tsx';
import { formatSpan, plural } from './words.ts';

/** The incidents as stories: a line is one target and one cause. */
export function incidentsPage(view: IncidentsView, frame: Frame) {
  const { query, range, targets } = view;
  return (
    <Page
      frame={frame}
      title={titleOf(view)}
      here="incidents"
      style="target"
      // Incidents that are over do not change by themselves.
      isLive={query.to === undefined}
      json={incidentsApiLink(query, { from: range.from })}
    >
      {targets === 0 ? (
        <EmptyFleet publicUrl={view.publicUrl} now={frame.now} />
      ) : (
        <Incidents {...{ view, frame }} />
      )}
    </Page>
  );
}

function Incidents({ view, frame }: { view: IncidentsView; frame: Frame }) {
  return (
    <>
      <Head view={view} now={frame.now} />
      <Summary view={view} />
      <section aria-labelledby="list">
        <div class="head">
          <h2 id="list">{view.query.each ? 'Each incident' : 'By target and cause'}</h2>
          <p class="quiet">
            Open first, then newest{' '}
            <a href={incidentsApiLink(view.query, { from: view.range.from, format: 'csv' })}>
              CSV of this time
            </a>
          </p>
        </div>
        <IncidentFilter query={view.query} repos={view.repos} labels={view.labels} />
        <List view={view} now={frame.now} />
        <Paging page={view.page} pages={view.pages} linkTo={(page) => incidentsLink(view.query, { page })}>
          {view.query.each ? null : `${plural(view.lines, 'line')}, `}
          {plural(view.matching, 'incident')}
        </Paging>
      </section>
    </>
  );
}

function Head({ view, now }: { view: IncidentsView; now: number }) {
  const { query, range } = view;
  const isUsual = query.from === undefined && query.to === undefined;
  return (
    <div class="head">
      <div>
        <Headline view={view} />
        <p class="sub">
          {detailsOf(view)}{' '}
          {query.each ? <a href={incidentsLink(query, { each: false })}>By target and cause</a> : null}{' '}
          {isFiltered(query) ? <a href={allLink(query)}>See all incidents</a> : null}
        </p>
      </div>
      <div class="range">
        <RangeNav
          chosen={isUsual ? query.range : undefined}
          linkTo={(range) => incidentsLink(query, { range, from: undefined, to: undefined })}
        />
        <RangeForm
          action="/incidents"
          kept={keptBy(query)}
          range={{ from: range.from, to: Math.min(range.to, now) }}
          isOpen={!isUsual}
        />
      </div>
    </div>
  );
}

function List({ view: { shown, query, lastResolvedAt }, now }: { view: IncidentsView; now: number }) {
  if (shown.rows.length > 0)
    return shown.by === 'line' ? (
      <LineTable rows={shown.rows} query={query} now={now} />
    ) : (
      <IncidentTable caption="Each incident" rows={shown.rows} now={now} />
    );
  return (
    <div class="panel none">
      {isFiltered(query) ? (
        <p>
          The targets, files, causes and times of all incidents were searched, and none matches.{' '}
          <a href={allLink(query)}>See all incidents</a>
        </p>
      ) : (
        <p>
          {lastResolvedAt === undefined ? (
            'No earlier incident is known.'
          ) : (
            <>
              The last one was resolved <Instant at={lastResolvedAt} />.
            </>
          )}
        </p>
      )}
    </div>
  );
}

function Summary({
  view: { medianTimeToResolveMs: median, byCause, most, matching },
}: {
  view: IncidentsView;
}) {
  if (matching === 0) return null;
  return (
    <Figures
      figures={[
        {
          name: 'Median time to resolve',
          value: median === undefined ? 'none resolved' : formatSpan(median),
        },
        { name: 'Host changed', value: byCause.host_changed },
        { name: 'Commit not applied', value: byCause.commit_not_applied },
        { name: 'Cause unknown', value: byCause.unknown },
        ...(most === undefined
          ? []
          : [
              {
                name: 'From one target',
                value: `${Math.floor(most.share * 100)} %`,
                note: `${most.target.repo} on ${most.target.server}`,
              },
            ]),
      ]}
    />
  );
}

function allLink({ range, from, to }: IncidentsQuery): string {
  return incidentsLink({ ...NO_QUERY, range, from, to });
}

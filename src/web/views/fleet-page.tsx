import { EmptyFleet } from './empty-fleet.tsx';
import { FleetFilter } from './fleet-filter.tsx';
import { fleetLink } from './fleet-links.ts';
import { FleetTable } from './fleet-table.tsx';
import type { FleetView } from './fleet-view.ts';
import { detailsOf, headlineOf, isFiltered } from './fleet-words.ts';
import { type Frame, Page } from './layout.tsx';
import { linkTo } from './links.ts';
import { Paging } from './paging.tsx';
import { Name } from './shown.tsx';
import { plural } from './words.ts';

/** The fleet page: what is wrong now, and since when. */
export function fleetPage(view: FleetView, frame: Frame) {
  return (
    <Page frame={frame} title={headlineOf(view)} here="fleet" q={view.query.q} json="/api/v1/status">
      {view.targets === 0 ? (
        <EmptyFleet publicUrl={view.publicUrl} now={frame.now} />
      ) : (
        <Fleet {...{ view, frame }} />
      )}
    </Page>
  );
}

function Fleet({ view, frame }: { view: FleetView; frame: Frame }) {
  const { query, rows, matching, page, pages } = view;
  return (
    <>
      <h1>{headlineOf(view)}</h1>
      <p class="sub">
        {detailsOf(view)} {isFiltered(view) ? <a href="/">See the whole fleet</a> : null}
      </p>
      <FleetFilter view={view} />
      {rows.length === 0 ? <NoMatch view={view} /> : <FleetTable view={view} now={frame.now} />}
      <Paging page={page} pages={pages} linkTo={(page) => fleetLink(query, { page })}>
        {plural(matching, 'target')}
      </Paging>
    </>
  );
}

/** What was searched, and what would be found. */
function NoMatch({ view: { targets, repos } }: { view: FleetView }) {
  const [example] = repos;
  return (
    <div class="panel none">
      <p>
        The names of {plural(targets, 'target')}, the files that differ now and the commits were searched. A
        part of a name is enough{example === undefined ? null : <RepoExample repo={example} />}.
      </p>
      <p>A target exists from its first report on. One that was deleted has no history any more.</p>
    </div>
  );
}

function RepoExample({ repo }: { repo: string }) {
  return (
    <>
      , such as{' '}
      <a href={linkTo('/', { q: repo })}>
        <Name of={repo} />
      </a>
    </>
  );
}

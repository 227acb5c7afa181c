import { STATES, type State } from '../../domain/state.ts';
import { EmptyFleet } from './empty-fleet.tsx';
import { FleetFilter } from './fleet-filter.tsx';
import { fleetLink } from './fleet-links.ts';
import { FleetTable } from './fleet-table.tsx';
import type { FleetView } from './fleet-view.ts';
import { type Frame, Page } from './layout.tsx';
import { Paging } from './paging.tsx';
import { plural, STATE_WORDS } from './words.ts';

/** By urgency. */
const WRONG: readonly State[] = ['OUT_OF_SYNC', 'UNKNOWN', 'STALE'];

/** The fleet page: what is wrong now, and since when. */
export function fleetPage(view: FleetView, frame: Frame) {
  return (
    <Page frame={frame} title={titleOf(view)} here="fleet">
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
      <FleetFilter view={view} />
      {rows.length === 0 ? (
        <p class="none">
          No target matches. <a href="/">Show all {view.targets}</a>
        </p>
      ) : (
        <FleetTable view={view} now={frame.now} />
      )}
      <Paging page={page} pages={pages} linkTo={(page) => fleetLink(query, { page })}>
        {plural(matching, 'target')}
      </Paging>
    </>
  );
}

function titleOf({ counts, targets }: FleetView): string {
  if (targets === 0) return 'No reports yet';
  const worst = WRONG.find((state) => counts[state] > 0);
  return worst === undefined ? 'All in sync' : countOf(worst, counts);
}

function headlineOf({ counts }: FleetView): string {
  const all = STATES.reduce((sum, state) => sum + counts[state], 0);
  const wrong = WRONG.filter((state) => counts[state] > 0);
  if (all === 0) return 'Nothing here';
  if (wrong.length === 0) return all === 1 ? 'The target is in sync' : `All ${all} targets are in sync`;
  return `${wrong.map((state) => countOf(state, counts)).join(', ')} of ${plural(all, 'target')}`;
}

function countOf(state: State, counts: FleetView['counts']): string {
  return `${counts[state]} ${STATE_WORDS[state].toLowerCase()}`;
}

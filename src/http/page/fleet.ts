import { complianceOf } from '../../domain/compliance.ts';
import { groupBy } from '../../domain/group-by.ts';
import type { Range } from '../../domain/instant.ts';
import type { Period } from '../../domain/period.ts';
import { worstRuns } from '../../domain/runs.ts';
import type { State } from '../../domain/state.ts';
import { compareText } from '../../domain/target.ts';
import { segmentsOf } from '../../domain/timeline.ts';
import type { FleetQuery, FleetView, Standing } from '../../render/page/fleet-view.ts';
import type { Strip } from '../../render/page/strip.tsx';
import type { Store } from '../../store/store.ts';
import { rangeOf } from '../schemas/query.ts';
import { wantedStatuses } from '../target-histories.ts';
import { pageOf } from './slice.ts';
import { compareStandings, matchesSearch, toStanding } from './standing.ts';

const PAGE_SIZE = 100;
/** A quarter of an hour each: more could not be told apart in a strip of this width. */
const STRIP_SLOTS = 97;

export async function fleetView(
  store: Store,
  { page, ...query }: FleetQuery & { page: number },
  { now, origin }: { now: number; origin: string },
): Promise<FleetView> {
  const statuses = await wantedStatuses(store, {}, now);
  const all = statuses.map(({ status }) => toStanding(status, now));
  const found = all.filter((standing) => isMeant(standing, query));
  const wanted = found.filter(({ state }) => query.state?.includes(state) ?? true);
  const shown = pageOf(wanted.sort(compareStandings(query)), { page, size: PAGE_SIZE });
  return {
    query,
    counts: countStates(found),
    repos: [...new Set(all.map(({ repo }) => repo))].sort(compareText),
    targets: all.length,
    matching: wanted.length,
    page: shown.page,
    pages: shown.pages,
    rows: await withStrips(store, shown.items, rangeOf({}, now)),
    origin,
  };
}

/** Whatever its state: the counts of the states are those to choose from. */
function isMeant(standing: Standing, { q, repo, server }: FleetQuery): boolean {
  const isNamed = (repo?.includes(standing.repo) ?? true) && (server?.includes(standing.server) ?? true);
  return isNamed && matchesSearch(q, standing);
}

function countStates(standings: readonly Standing[]): Readonly<Record<State, number>> {
  const counts = { SYNCED: 0, OUT_OF_SYNC: 0, UNKNOWN: 0, STALE: 0 };
  for (const { state } of standings) counts[state]++;
  return counts;
}

/** The history of these targets and of no other: a filter of repos and servers would mean each with each. */
async function withStrips(store: Store, standings: readonly Standing[], range: Range) {
  const byRepo = [...groupBy(standings, ({ repo }) => repo)];
  const answers = await Promise.all(
    byRepo.map(([repo, ofRepo]) =>
      store.periods({ repos: [repo], servers: ofRepo.map(({ server }) => server) }, range),
    ),
  );
  const periods = new Map(
    answers.flat().map(({ target, periods }) => [`${target.repo} ${target.server}`, periods]),
  );
  return standings.map((standing) => ({
    ...standing,
    strip: stripOf(periods.get(`${standing.repo} ${standing.server}`) ?? [], range),
  }));
}

function stripOf(periods: readonly Period[], range: Range): Strip {
  const segments = segmentsOf(periods, range);
  return {
    range,
    runs: worstRuns(segments, { range, slots: STRIP_SLOTS }, ({ state }) => state),
    ms: complianceOf(segments, []).ms,
  };
}

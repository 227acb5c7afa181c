import { groupBy } from '../../domain/group-by.ts';
import type { Range } from '../../domain/instant.ts';
import { complianceOf } from '../../domain/questions/compliance.ts';
import { labelMatcher, labelsOf } from '../../domain/questions/label-filter.ts';
import { mutingAt } from '../../domain/questions/muting.ts';
import { nameMatcher } from '../../domain/questions/name-matcher.ts';
import { rangeOf } from '../../domain/questions/range.ts';
import type { HistoryReader } from '../../domain/questions/reader.ts';
import { worstSpans } from '../../domain/questions/state-span.ts';
import { type Segment, segmentsOf } from '../../domain/questions/timeline.ts';
import type { State } from '../../domain/state.ts';
import { compareText, targetKey } from '../../domain/target.ts';
import type { FleetQuery, FleetView, TargetRow } from '../views/fleet-view.ts';
import type { Strip } from '../views/strip.tsx';
import { pageOf } from './paginate.ts';
import { compareRows, isLeft, isOutOfSync, matchesSearch, needsSomeone, toTargetRow } from './target-row.ts';

const PAGE_SIZE = 100;
/** A quarter of an hour each: a strip of this width cannot show more. */
const STRIP_SLOTS = 97;

export async function fleetView(
  reader: HistoryReader,
  { page, ...query }: FleetQuery & { page: number },
  { now, publicUrl }: { now: number; publicUrl: string },
): Promise<FleetView> {
  const [muting, statuses] = await Promise.all([mutingAt(reader, {}, now), reader.statuses({})]);
  const all = statuses.map((status) => toTargetRow(status, { now, mute: muting.ofStatus(status) }));
  const isLabelled = labelMatcher(query.label ?? []);
  const found = all.filter((row) => isMeant(row, query) && isLabelled(row.labels));
  const wanted = found.filter((row) => query.state?.some((state) => isIn(state, row)) ?? true);
  const shown = pageOf(wanted.sort(compareRows(query)), { page, size: PAGE_SIZE });
  return {
    query,
    counts: countStates(found),
    found: found.length,
    unseenDrifts: found.filter((row) => isOutOfSync(row) && row.state !== 'OUT_OF_SYNC').length,
    repos: [...new Set(all.map(({ repo }) => repo))].sort(compareText),
    labels: labelsOf(all),
    targets: all.length,
    needing: all.filter(needsSomeone).length,
    muted: all.filter(isLeft).length,
    matching: wanted.length,
    matchingNeeding: wanted.filter(needsSomeone).length,
    page: shown.page,
    pages: shown.pages,
    rows: await withStrips(reader, shown.items, rangeOf({}, now)),
    publicUrl,
  };
}

/** The state is not considered: the counts show all states to choose from. */
function isMeant(row: TargetRow, { q, repo, server, muted }: FleetQuery): boolean {
  if (muted !== undefined && (row.mute !== undefined) !== muted) return false;
  const isNamed = nameMatcher(repo)(row.repo) && nameMatcher(server)(row.server);
  return isNamed && matchesSearch(q, row);
}

function isIn(state: State, row: TargetRow): boolean {
  return state === 'OUT_OF_SYNC' ? isOutOfSync(row) : row.state === state;
}

function countStates(rows: readonly TargetRow[]): Readonly<Record<State, number>> {
  const count = (state: State) => rows.filter((row) => isIn(state, row)).length;
  return {
    SYNCED: count('SYNCED'),
    OUT_OF_SYNC: count('OUT_OF_SYNC'),
    UNKNOWN: count('UNKNOWN'),
    STALE: count('STALE'),
  };
}

/** Reads the history of each target separately: a filter of repos and servers would select every combination. */
async function withStrips(reader: HistoryReader, rows: readonly TargetRow[], range: Range) {
  const byRepo = [...groupBy(rows, ({ repo }) => repo)];
  const answers = await Promise.all(
    byRepo.map(([repo, ofRepo]) =>
      reader.periods({ repos: [repo], servers: ofRepo.map(({ server }) => server) }, range),
    ),
  );
  const segments = new Map(
    answers.flat().map((history) => [targetKey(history.target), segmentsOf(history, range)]),
  );
  return rows.map((row) => ({ ...row, strip: stripOf(segments.get(targetKey(row)) ?? [], range) }));
}

function stripOf(segments: readonly Segment[], range: Range): Strip {
  return {
    range,
    spans: worstSpans(segments, { range, slots: STRIP_SLOTS }, ({ state }) => state),
    ms: complianceOf(segments, []).ms,
  };
}

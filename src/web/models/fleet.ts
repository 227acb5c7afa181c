import { labelMatcher, labelsOf } from '../../domain/questions/label-filter.ts';
import { mutingAt } from '../../domain/questions/muting.ts';
import { nameMatcher } from '../../domain/questions/name-matcher.ts';
import type { HistoryReader } from '../../domain/questions/reader.ts';
import type { StateTimes } from '../../domain/questions/state-times.ts';
import type { State } from '../../domain/state.ts';
import { compareText } from '../../domain/target.ts';
import type { FleetQuery, FleetView, Problem, TargetRow } from '../views/fleet-view.ts';
import { isFiltered } from '../views/fleet-words.ts';
import { groupingsOf, groupsOf } from './fleet-groups.ts';
import { columnsOf } from './fleet-times.ts';
import { foundCommit } from './found-commit.ts';
import { pageOf } from './paginate.ts';
import { problemsOf } from './problems.ts';
import { pastOf } from './target-past.ts';
import { compareRows, isLeft, isOutOfSync, matchesSearch, needsSomeone, toTargetRow } from './target-row.ts';

const PAGE_SIZE = 20;

interface Asked {
  readonly reader: HistoryReader;
  readonly query: FleetQuery & { readonly page: number };
  readonly at: number;
  /** How long the fleet was in each state over the last 30 days. */
  readonly times: () => Promise<StateTimes>;
}

export async function fleetView(
  reader: HistoryReader,
  { page, ...query }: FleetQuery & { page: number },
  { now, publicUrl, times }: { now: number; publicUrl: string } & Pick<Asked, 'times'>,
): Promise<FleetView> {
  const at = query.at ?? now;
  const [muting, statuses, commit] = await Promise.all([
    mutingAt(reader, {}, at),
    reader.statuses({}, query.at),
    // Progress is known only for now.
    query.q === undefined || query.at !== undefined ? undefined : foundCommit(reader, query.q, now),
  ]);
  const all = statuses.map((status) => toTargetRow(status, { now: at, mute: muting.ofStatus(status) }));
  const problems = problemsOf(all);
  const isMeant = matcherOf(query, problems);
  const found = all.filter(isMeant);
  const wanted = found.filter((row) => query.state?.some((state) => isIn(state, row)) ?? true);
  const asked = { reader, query: { page, ...query }, at, times };
  return {
    query,
    at,
    counts: countStates(found),
    found: found.length,
    unseenDrifts: found.filter((row) => isOutOfSync(row) && row.state !== 'OUT_OF_SYNC').length,
    repos: [...new Set(all.map(({ repo }) => repo))].sort(compareText),
    labels: labelsOf(all),
    groupings: groupingsOf(all),
    targets: all.length,
    needing: all.filter(needsSomeone).length,
    muted: all.filter(isLeft).length,
    newestCheckAt: newestOf(all),
    matching: wanted.length,
    matchingNeeding: wanted.filter(needsSomeone).length,
    commit,
    shown:
      isFiltered({ query }) || query.view === 'list' || isSorted(query) || all.length === 0
        ? await listOf(asked, wanted, all)
        : await overviewOf(asked, all, problems),
    publicUrl,
  };
}

async function listOf({ reader, query, at }: Asked, wanted: readonly TargetRow[], all: readonly TargetRow[]) {
  const shown = pageOf([...wanted].sort(compareRows(query)), { page: query.page, size: PAGE_SIZE });
  const past = await pastOf(reader, shown.items, at);
  const items = shown.items.map((row) => ({ ...row, past: past(row) }));
  return { kind: 'list', ...shown, items, examples: examplesOf(all) } as const;
}

async function overviewOf(
  { reader, query, at, times }: Asked,
  all: readonly TargetRow[],
  problems: readonly Problem[],
) {
  const shown = pageOf(problems, { page: query.page, size: PAGE_SIZE });
  const single = shown.items.flatMap(({ targets: [only, ...others] }) =>
    only === undefined || others.length > 0 ? [] : only,
  );
  const [past, spent] = await Promise.all([pastOf(reader, single, at), times()]);
  const items = shown.items.map((problem) => ({
    ...problem,
    past: single.includes(problem.longest) ? past(problem.longest) : undefined,
  }));
  return {
    kind: 'overview',
    synced: all.filter(({ state }) => state === 'SYNCED').length,
    problems: { ...shown, items },
    openProblems: problems.filter(({ longest }) => needsSomeone(longest)).length,
    allProblems: problems.length,
    groups: groupsOf(all, query.group ?? 'repo', spent),
    times: columnsOf(spent),
  } as const;
}

/** Only targets are sorted by a column; problems have their own order. */
function isSorted({ sort, desc }: FleetQuery): boolean {
  return sort !== 'urgency' || desc;
}

/** Says whether a target is selected. The state is ignored: the counts show all states to choose from. */
function matcherOf({ q, repo, server, label, muted, problem }: FleetQuery, problems: readonly Problem[]) {
  const [isOfRepo, isOfServer, isLabelled] = [
    nameMatcher(repo),
    nameMatcher(server),
    labelMatcher(label ?? []),
  ];
  const inProblem = new Set(problems.find(({ id }) => id === problem)?.targets);
  return (row: TargetRow): boolean =>
    (muted === undefined || (row.mute !== undefined) === muted) &&
    (problem === undefined || inProblem.has(row)) &&
    isOfRepo(row.repo) &&
    isOfServer(row.server) &&
    isLabelled(row.labels) &&
    matchesSearch(q, row);
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

function newestOf(rows: readonly TargetRow[]): number | undefined {
  return rows.reduce<number | undefined>(
    (newest, { checkedAt }) => (checkedAt === undefined ? newest : Math.max(newest ?? checkedAt, checkedAt)),
    undefined,
  );
}

/** Some names of each kind that the search looks at. */
function examplesOf(rows: readonly TargetRow[]): string[] {
  const file = rows.find(({ files }) => files.length > 0)?.files[0];
  const commit = rows.find(({ commit }) => commit !== undefined)?.commit;
  const examples = [rows.at(-1)?.server, file?.split('/').at(-1), commit?.slice(0, 7)];
  return examples.filter((one) => one !== undefined && one !== '' && !/\s/.test(one)).map(String);
}

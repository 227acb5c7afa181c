import { isRelated } from '../../domain/commit.ts';
import type { Sighting, TargetSightings } from '../../domain/questions/commits.ts';
import type { KnownCommit } from '../../domain/questions/known-commits.ts';
import type { CommitsAsked, OfTarget, Part, TargetFilter } from '../../domain/questions/reader.ts';
import type { Target } from '../../domain/target.ts';
import { currentSighting, freshnessOf, type ReportedRow } from '../commit-sighting.ts';
import { ReadBudget } from '../read-budget.ts';
import { relatedNames } from './commit-names.ts';
import type { Session } from './session.ts';
import { type BetweenSlices, IN_SLICES, readInSlices, type SliceParams } from './slices.ts';
import { cachedStatement, statement } from './statement.ts';
import { standingBy } from './target-filter.ts';
import { WITH_STATUS } from './target-table.ts';

/** Every target with its current period: seeks in the keys of `target_status` and `source` for each. */
const currentCommits = (filter: TargetFilter) => `
  SELECT t.id AS "targetId", t.repo, t.server, s.started_at AS "startedAt", s.checked_at AS "checkedAt",
    s.stale_at AS "staleAt", s.finding_id AS "findingId", s.sync_status AS "syncStatus", c."commit"
  FROM target t ${WITH_STATUS}
  LEFT JOIN source c ON c.id = s.source_id
  WHERE ${standingBy(filter)} ${IN_SLICES}`;

type Ids = { readonly ids: readonly number[] };

/** For each a range of the key: from the last period that began by an instant. */
const COMMITS_SINCE = statement<Ids & { from: number }, { commit: string }>(`
  SELECT DISTINCT p."commit" FROM unnest(:ids::bigint[]) AS w(target_id)
  JOIN period p ON p.target_id = w.target_id AND p."commit" IS NOT NULL AND p.started_at >= coalesce(
    (SELECT max(q.started_at) FROM period q WHERE q.target_id = w.target_id AND q.started_at <= :from), :from)`);

/** Back in the key, to the first period with a commit: only asked if the newest report has none. */
const LATEST = statement<Ids, { targetId: number; commit: string }>(`
  SELECT w.target_id AS "targetId", found."commit" FROM unnest(:ids::bigint[]) AS w(target_id)
  CROSS JOIN LATERAL (
    SELECT p."commit" FROM period p WHERE p.target_id = w.target_id AND p."commit" IS NOT NULL
    ORDER BY p.started_at DESC, p.received_at DESC LIMIT 1) AS found`);

interface SightingRow extends Omit<Sighting, 'firstSyncedAt'> {
  readonly targetId: number;
  readonly firstSyncedAt: number | null;
}

/** Ranges of `period_commit`: the periods with these commits, of all targets. */
const SIGHTINGS = statement<{ commits: readonly string[] }, SightingRow>(`
  SELECT p.target_id AS "targetId", p."commit", min(p.started_at) AS "firstSeenAt",
    max(p.last_checked_at) AS "lastSeenAt", min(p.started_at) FILTER (WHERE p.sync_status = 'SYNCED') AS "firstSyncedAt"
  FROM period p WHERE p."commit" = ANY (:commits::text[]) AND p."commit" IS NOT NULL GROUP BY 1, 2 ORDER BY 2, 1`);

interface Row extends Target {
  readonly targetId: number;
  readonly commit: string | null;
}

/** A target that has reported; the others have null. */
type CurrentRow = Row & (Omit<ReportedRow, 'commit'> | { readonly checkedAt: null });

/** The repo of each name that is related to one of the texts, in the periods of the targets. */
export async function knownCommits(
  session: Session,
  filter: TargetFilter,
  { texts, betweenSlices }: { texts: readonly string[]; betweenSlices: BetweenSlices },
): Promise<KnownCommit[]> {
  const repos = new Map<number, string>();
  const known = new Map<string, KnownCommit>();
  const add = (repo: string, commit: string) => known.set(`${repo} ${commit}`, { repo, commit });
  for (const { targetId, repo, commit } of await currentOf(session, filter, betweenSlices)) {
    repos.set(targetId, repo);
    if (commit !== null && texts.some((text) => isRelated(text, commit))) add(repo, commit);
  }
  const names = await Promise.all(texts.map((text) => relatedNames(session, text)));
  betweenSlices();
  for (const { targetId, commit } of await session.all(SIGHTINGS, { commits: [...new Set(names.flat())] })) {
    const repo = repos.get(targetId);
    if (repo !== undefined) add(repo, commit);
  }
  return [...known.values()];
}

interface SightingsAsked {
  readonly asked: CommitsAsked;
  readonly part?: Part<OfTarget> | undefined;
  readonly betweenSlices: BetweenSlices;
}

/** All targets of the repos of the selected ones; sorted by target. */
export async function commitSightings(
  session: Session,
  filter: TargetFilter,
  { asked, part: { isWanted } = {}, betweenSlices }: SightingsAsked,
): Promise<TargetSightings[]> {
  const budget = new ReadBudget();
  const selected = (await currentOf(session, filter, betweenSlices)).filter(
    ({ repo, server }) => isWanted?.({ target: { repo, server } }) ?? true,
  );
  const selectedIds = new Set(selected.map(({ targetId }) => targetId));
  const repos = [...new Set(selected.map(({ repo }) => repo))];
  const rows = await currentOf(session, { repos }, betweenSlices);
  budget.take(rows.length);
  const latest = await latestOf(session, rows);
  betweenSlices();
  const texts = 'texts' in asked ? asked.texts : await commitsSince(session, selected, asked.from);
  const names = new Set([...texts, ...latest.values()]);
  const sightings = await sightingsOf(session, { names, rows, budget, betweenSlices });
  return rows.map((row) => ({
    target: { repo: row.repo, server: row.server },
    last: freshnessOf(row),
    commit: row.commit ?? undefined,
    latest: latest.get(row.targetId),
    isSelected: selectedIds.has(row.targetId),
    sightings: sightings.get(row.targetId) ?? [],
  }));
}

async function currentOf(
  session: Session,
  filter: TargetFilter,
  betweenSlices: BetweenSlices,
): Promise<CurrentRow[]> {
  const asked = cachedStatement<SliceParams, CurrentRow>(currentCommits(filter));
  const rows: CurrentRow[] = [];
  for await (const slice of readInSlices(session, asked, { filter, betweenSlices, also: {} })) {
    rows.push(...slice);
  }
  return rows;
}

/** The last commit that each target reported. */
async function latestOf(session: Session, rows: readonly CurrentRow[]): Promise<Map<number, string>> {
  const now = rows.flatMap(({ targetId, commit }): [number, string][] =>
    commit === null ? [] : [[targetId, commit]],
  );
  const ids = rows.flatMap(({ targetId, commit }) => (commit === null ? [targetId] : []));
  const before = ids.length === 0 ? [] : await session.all(LATEST, { ids });
  return new Map([...now, ...before.map(({ targetId, commit }): [number, string] => [targetId, commit])]);
}

async function commitsSince(
  session: Session,
  targets: readonly CurrentRow[],
  from: number,
): Promise<string[]> {
  const reported = targets.filter(({ checkedAt }) => checkedAt !== null);
  const ids = reported.map(({ targetId }) => targetId);
  const over = await session.all(COMMITS_SINCE, { ids, from });
  return [...reported.flatMap(({ commit }) => commit ?? []), ...over.map(({ commit }) => commit)];
}

interface SightingsOf {
  readonly names: ReadonlySet<string>;
  readonly rows: readonly CurrentRow[];
  readonly budget: ReadBudget;
  readonly betweenSlices: BetweenSlices;
}

/** By target: of the names, and of those that are related to them. */
async function sightingsOf(
  session: Session,
  { names, rows, budget, betweenSlices }: SightingsOf,
): Promise<Map<number, Sighting[]>> {
  const sightings = new Map<number, Sighting[]>(
    rows.map((row) => [row.targetId, row.checkedAt === null ? [] : currentSighting(row)]),
  );
  // A set goes on with what is added meanwhile: a short name may be that of several commits, which are wanted too.
  const related = new Set(names);
  for (const name of related) {
    betweenSlices();
    for (const other of await relatedNames(session, name)) related.add(other);
  }
  for (const row of await session.all(SIGHTINGS, { commits: [...related] })) {
    const { targetId, firstSyncedAt, ...sighting } = row;
    const ofTarget = sightings.get(targetId);
    if (ofTarget === undefined) continue;
    budget.take(1);
    ofTarget.push({ ...sighting, firstSyncedAt: firstSyncedAt ?? undefined });
  }
  return sightings;
}

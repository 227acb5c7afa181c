import type Sqlite from 'better-sqlite3';
import { isRelated } from '../../domain/commit.ts';
import type { Sighting, TargetSightings } from '../../domain/questions/commits.ts';
import type { KnownCommit } from '../../domain/questions/known-commits.ts';
import type { CommitsAsked, OfTarget, Part, TargetFilter } from '../../domain/questions/reader.ts';
import type { Target } from '../../domain/target.ts';
import { currentSighting, freshnessOf, type ReportedRow } from '../commit-sighting.ts';
import { ReadBudget } from '../read-budget.ts';
import { relatedNames, targetsWith } from './commit-names.ts';
import { toTarget } from './named-target.ts';
import type { Database } from './open.ts';
import { prepared } from './prepared.ts';
import { type BetweenSlices, IN_SLICES, readInSlices, type SliceParams } from './slices.ts';
import { standingBy } from './target-filter.ts';

/** Every target with its current period: seeks in the keys of `target_status` and `source` for each. */
const currentCommits = (filter: TargetFilter) => `
  SELECT t.id AS targetId, t.repo, t.server, s.started_at AS startedAt, s.checked_at AS checkedAt,
    s.stale_at AS staleAt, s.finding_id AS findingId, s.sync_status AS syncStatus, c."commit"
  FROM target t
  LEFT JOIN target_status s ON s.target_id = t.id
  LEFT JOIN source c ON c.id = s.source_id
  WHERE ${standingBy(filter)} ${IN_SLICES}`;

/** A range of the key: from the last period that began by an instant. */
const COMMITS_SINCE = `
  SELECT DISTINCT "commit" FROM period
  WHERE target_id = :targetId AND "commit" IS NOT NULL AND started_at >= coalesce(
    (SELECT max(p.started_at) FROM period p WHERE p.target_id = :targetId AND p.started_at <= :from), :from)`;

/** Back in the key to the first period with a commit. It is asked only if the newest report has none. */
const LATEST = `
  SELECT "commit" FROM period WHERE target_id = :targetId AND "commit" IS NOT NULL
  ORDER BY started_at DESC, received_at DESC LIMIT 1`;

/** A range of `period_commit`: the periods of one target with one commit. */
const SIGHTING = `
  SELECT min(started_at) AS firstSeenAt, max(last_checked_at) AS lastSeenAt,
    min(CASE WHEN sync_status = 'SYNCED' THEN started_at END) AS firstSyncedAt
  FROM period INDEXED BY period_commit
  WHERE "commit" = :commit AND "commit" IS NOT NULL AND target_id = :targetId`;

interface Row extends Target {
  readonly targetId: number;
  readonly commit: string | null;
}

/** A target that has reported; other targets have null. */
type CurrentRow = Row & (Omit<ReportedRow, 'commit'> | { readonly checkedAt: null });

/** The repo of each name that is related to one of the texts, in the periods of the targets. */
export function knownCommits(
  db: Database,
  filter: TargetFilter,
  { texts, betweenSlices }: { texts: readonly string[]; betweenSlices: BetweenSlices },
): KnownCommit[] {
  const client = db.$client;
  return client.transaction(() => {
    const repos = new Map<number, string>();
    const known = new Map<string, KnownCommit>();
    const add = (repo: string, commit: string) => known.set(`${repo} ${commit}`, { repo, commit });
    for (const row of currentOf(client, filter, betweenSlices)) {
      const { repo } = toTarget(row);
      repos.set(row.targetId, repo);
      const { commit } = row;
      if (commit !== null && texts.some((text) => isRelated(text, commit))) add(repo, commit);
    }
    for (const commit of new Set(texts.flatMap((text) => relatedNames(client, text, betweenSlices)))) {
      for (const targetId of targetsWith(client, commit, betweenSlices)) {
        const repo = repos.get(targetId);
        if (repo !== undefined) add(repo, commit);
      }
    }
    return [...known.values()];
  })();
}

/** All targets of the repos of the selected ones; sorted by target. */
export function commitSightings(
  db: Database,
  filter: TargetFilter,
  {
    asked,
    part: { isWanted } = {},
    betweenSlices,
  }: { asked: CommitsAsked; part?: Part<OfTarget> | undefined; betweenSlices: BetweenSlices },
): TargetSightings[] {
  const client = db.$client;
  return client.transaction(() => {
    const selected = [...currentOf(client, filter, betweenSlices)].filter(
      (row) => isWanted?.({ target: toTarget(row) }) ?? true,
    );
    const selectedIds = new Set(selected.map(({ targetId }) => targetId));
    const repos = [...new Set(selected.map(({ repo }) => repo))];
    const budget = new ReadBudget();
    const latestOf = prepared<[{ targetId: number }], string>(client, LATEST).pluck();
    const rows = [...currentOf(client, { repos }, betweenSlices)].map((row) => {
      betweenSlices();
      budget.take(1);
      return { row, latest: row.commit ?? latestOf.get(row) };
    });
    const texts =
      'texts' in asked ? asked.texts : commitsSince(client, selected, { ...asked, betweenSlices });
    const names = new Set([...texts, ...rows.flatMap(({ latest }) => latest ?? [])]);
    const sightings = sightingsOf(client, {
      names,
      targets: rows.map(({ row }) => row),
      budget,
      betweenSlices,
    });
    return rows.map(({ row, latest }) => ({
      target: toTarget(row),
      last: freshnessOf(row),
      commit: row.commit ?? undefined,
      latest,
      isSelected: selectedIds.has(row.targetId),
      sightings: sightings.get(row.targetId) ?? [],
    }));
  })();
}

function currentOf(
  client: Sqlite.Database,
  filter: TargetFilter,
  betweenSlices: BetweenSlices,
): Generator<CurrentRow, void> {
  const statement = prepared<[SliceParams], CurrentRow>(client, currentCommits(filter));
  return readInSlices(statement, filter, { betweenSlices });
}

function commitsSince(
  client: Sqlite.Database,
  targets: readonly CurrentRow[],
  { from, betweenSlices }: { from: number; betweenSlices: BetweenSlices },
): string[] {
  const since = prepared<[{ targetId: number; from: number }], string>(client, COMMITS_SINCE).pluck();
  const found = new Set<string>();
  for (const { targetId, checkedAt, commit } of targets) {
    betweenSlices();
    if (checkedAt === null) continue;
    if (commit !== null) found.add(commit);
    for (const name of since.all({ targetId, from })) found.add(name);
  }
  return [...found];
}

/** By target, for the names and those related to them. */
function sightingsOf(
  client: Sqlite.Database,
  {
    names,
    targets,
    budget,
    betweenSlices,
  }: {
    names: ReadonlySet<string>;
    targets: readonly CurrentRow[];
    budget: ReadBudget;
    betweenSlices: BetweenSlices;
  },
): Map<number, Sighting[]> {
  const over = prepared<
    [{ targetId: number; commit: string }],
    Omit<Sighting, 'commit' | 'firstSyncedAt'> & { firstSyncedAt: number | null }
  >(client, SIGHTING);
  const sightings = new Map<number, Sighting[]>(
    targets.map((row) => [row.targetId, row.checkedAt === null ? [] : currentSighting(row)]),
  );
  // The loop over a set includes what is added meanwhile: a short name may mean several commits, and these are wanted
  // too.
  const related = new Set(names);
  for (const name of related) {
    for (const other of relatedNames(client, name, betweenSlices)) related.add(other);
  }
  for (const commit of related) {
    for (const targetId of targetsWith(client, commit, betweenSlices)) {
      const ofTarget = sightings.get(targetId);
      const row = ofTarget && over.get({ targetId, commit });
      if (row === undefined) continue;
      budget.take(1);
      ofTarget?.push({ ...row, commit, firstSyncedAt: row.firstSyncedAt ?? undefined });
    }
  }
  return sightings;
}

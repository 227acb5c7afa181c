import type { Acknowledgement } from '../acknowledgement.ts';
import { NO_FILES } from '../file-list.ts';
import type { FindingRef } from '../finding.ts';
import type { Incident } from '../incident.ts';
import { type Mute, type MuteSubject, mutedBy, muteState } from '../mute.ts';
import { matchesTarget, matchesText } from '../notify/matchers.ts';
import type { Condition, Problem } from '../notify/message.ts';
import { type Target, targetKey } from '../target.ts';
import { type Freshness, stateOf } from '../target-status.ts';
import { factRangeOf } from './range.ts';
import type { HistoryReader, OfTarget, StatusDetails, TargetFilter, TargetIncident } from './reader.ts';

/** The part of a status that mutes are matched with. */
export type MutableStatus = Freshness &
  Pick<StatusDetails<FindingRef>, 'target' | 'labels' | 'lastSyncedAt' | 'incident'>;

type MuteReader = Pick<HistoryReader, 'mutesAt' | 'incidents' | 'summaries'>;

/** What is muted at an instant. */
export interface Muting {
  /** The mutes that are not over, including those to come. */
  readonly mutes: readonly Mute[];
  /**
   * The mute of a target: everything that is wrong with it must be muted. Of several mutes it is the one that ends
   * first.
   */
  ofStatus(status: MutableStatus): Mute | undefined;
  /** The mute of the problem that the state names, even if something else is wrong too. */
  ofState(status: MutableStatus): Mute | undefined;
  /** The mute of one thing that is wrong with a target. */
  ofCondition(status: MutableStatus, condition: Condition): Mute | undefined;
}

const NONE: ReadonlyMap<number, TargetIncident> = new Map();

/** Files of open incidents are read only if a mute matches files. */
export async function mutingAt(reader: MuteReader, filter: TargetFilter, at: number): Promise<Muting> {
  const mutes = await reader.mutesAt(at);
  const active = mutes.filter((mute) => muteState(mute, at) === 'active');
  const byFile = active.filter(({ matchers }) => matchers.file !== undefined);
  const isWanted = (target: Target) =>
    byFile.some(({ matchers: { repo, server } }) =>
      matchesTarget({ ...(repo && { repo }), ...(server && { server }) }, { target, labels: {} }),
    );
  const incidents = byFile.length === 0 ? NONE : await openIncidentsOf(reader, filter, { at, isWanted });
  const about = mutesByRepo(active);
  const muteOf = (status: MutableStatus, condition: Condition | undefined) => {
    const mutes = about(status.target.repo);
    return mutes.length === 0 ? undefined : mutedBy(mutes, subjectOf(status, { condition, incidents }), at);
  };
  return {
    mutes,
    ofStatus(status) {
      if (active.length === 0) return undefined;
      return firstToEnd(conditionsOf(status, at).map((condition) => muteOf(status, condition)));
    },
    ofState: (status) => muteOf(status, conditionsOf(status, at)[0]),
    ofCondition: muteOf,
  };
}

/** Mutes and acknowledgements as messages need them: by target and condition. */
export interface Handling {
  muteOf(problem: Pick<Problem, 'target' | 'condition'>): Mute | undefined;
  acknowledgementOf(problem: Pick<Problem, 'target'>): Acknowledgement | undefined;
}

/** What people do now about problems of these targets. */
export async function handlingOf(
  reader: MuteReader,
  targets: readonly Target[],
  now: number,
): Promise<Handling> {
  // It may read more targets of the same repos than those asked about, but no others.
  const filter = {
    repos: distinct(targets.map(({ repo }) => repo)),
    servers: distinct(targets.map(({ server }) => server)),
  };
  const muting = await mutingAt(reader, filter, now);
  const statuses = new Map(
    (await reader.summaries(filter)).map((status) => [targetKey(status.target), status] as const),
  );
  return {
    muteOf({ target, condition }) {
      const status = statuses.get(targetKey(target));
      return status && muting.ofCondition(status, condition);
    },
    acknowledgementOf: ({ target }) => statuses.get(targetKey(target))?.acknowledgement,
  };
}

function distinct(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}

/** Makes a function that says whether a target has the wanted muting at an instant; now if `at` is undefined. */
export async function targetsThatAre(
  reader: Pick<HistoryReader, 'summaries' | 'statuses'>,
  filter: TargetFilter,
  { muting, muted, at }: { muting: Muting; muted: boolean; at: number | undefined },
): Promise<(of: OfTarget) => boolean> {
  const all = at === undefined ? await reader.summaries(filter) : await reader.statuses(filter, at);
  const keys = new Set(
    all
      .filter((status) => (muting.ofStatus(status) !== undefined) === muted)
      .map(({ target }) => targetKey(target)),
  );
  return ({ target }) => keys.has(targetKey(target));
}

/**
 * Makes a function that says whether an incident has the wanted muting now, by its id. Resolved incidents are never
 * muted.
 */
export async function incidentsThatAre(
  reader: Pick<HistoryReader, 'incidents'>,
  filter: TargetFilter,
  {
    muteOf,
    muted,
    now,
  }: { muteOf: (incident: TargetIncident) => Mute | undefined; muted: boolean; now: number },
): Promise<(id: number) => boolean> {
  const open = await openIncidentsOf(reader, filter, { at: now, isWanted: () => true });
  const ids = new Set(
    [...open.values()].filter((incident) => muteOf(incident) !== undefined).map(({ id }) => id),
  );
  return (id) => ids.has(id) === muted;
}

/** Says which open incidents are muted now. */
export async function mutedIncidents(
  reader: MuteReader,
  filter: TargetFilter,
  now: number,
): Promise<(incident: TargetIncident) => Mute | undefined> {
  const active = (await reader.mutesAt(now)).filter((mute) => muteState(mute, now) === 'active');
  if (active.length === 0) return () => undefined;
  const statuses = new Map(
    (await reader.summaries(filter)).map((status) => [targetKey(status.target), status] as const),
  );
  const about = mutesByRepo(active);
  return (incident) => {
    const status = statuses.get(targetKey(incident.target));
    if (status === undefined || incident.resolvedAt !== undefined) return undefined;
    const { target, labels, lastSyncedAt } = status;
    const subject = { target, labels, lastSyncedAt, condition: 'drift', incident } as const;
    return mutedBy(about(target.repo), subject, now);
  };
}

/** Most mutes are about other repos. They are sorted out once for a repo, not for each of its targets. */
function mutesByRepo(mutes: readonly Mute[]): (repo: string) => readonly Mute[] {
  const known = new Map<string, readonly Mute[]>();
  return (repo) => {
    const found =
      known.get(repo) ??
      mutes.filter(({ matchers }) => matchers.repo === undefined || matchesText(matchers.repo, repo));
    known.set(repo, found);
    return found;
  };
}

/** The incidents that are open at an instant, by id. */
export async function openIncidentsOf(
  reader: Pick<HistoryReader, 'incidents'>,
  filter: TargetFilter,
  { at, isWanted }: { at: number; isWanted: (target: Target) => boolean },
): Promise<ReadonlyMap<number, TargetIncident>> {
  const range = factRangeOf({ from: at }, at);
  const found = await reader.incidents(filter, range, { isWanted: ({ target }) => isWanted(target) });
  return new Map(found.map((incident) => [incident.id, incident]));
}

/** The problems of a target, first the one that its state names; a single undefined if there are none. */
export function conditionsOf(status: MutableStatus, at: number): readonly (Condition | undefined)[] {
  const state = stateOf(status, at);
  const conditions: Condition[] = [];
  if (state === 'UNKNOWN') conditions.push('unknown');
  if (state === 'STALE') conditions.push(status.finding === undefined ? 'never_reported' : 'stale');
  if (status.incident !== undefined) conditions.push('drift');
  return conditions.length === 0 ? [undefined] : conditions;
}

/** If an incident was not read, its files are not known, and no mute by file matches it. */
export function subjectOf(
  { target, labels, lastSyncedAt, incident: open }: MutableStatus,
  {
    condition,
    incidents,
  }: {
    condition: Condition | undefined;
    incidents: ReadonlyMap<number, Pick<Incident, 'files' | 'unnamed'>>;
  },
): MuteSubject {
  if (condition !== 'drift' || open === undefined)
    return { target, labels, lastSyncedAt, condition, incident: undefined };
  const { files, unnamed } = incidents.get(open.id) ?? { files: NO_FILES, unnamed: true };
  return { target, labels, lastSyncedAt, condition, incident: { cause: open.cause, files, unnamed } };
}

/** Undefined if one of them is. */
function firstToEnd(mutes: readonly (Mute | undefined)[]): Mute | undefined {
  let first: Mute | undefined;
  for (const mute of mutes) {
    if (mute === undefined) return undefined;
    if (first === undefined || mute.endsAt < first.endsAt) first = mute;
  }
  return first;
}

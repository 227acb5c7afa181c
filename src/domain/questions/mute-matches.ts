import type { Incident } from '../incident.ts';
import { type Mute, type MuteMember, reaches } from '../mute.ts';
import { type Target, targetKey } from '../target.ts';
import { stateOf } from '../target-status.ts';
import { conditionsOf, type MutableStatus, openIncidentsOf, subjectOf } from './muting.ts';
import type { HistoryReader } from './reader.ts';

/** What mutes are matched with: all targets, and the files of their open incidents. */
export interface Fleet {
  readonly statuses: readonly MutableStatus[];
  readonly incidents: ReadonlyMap<number, Pick<Incident, 'files' | 'unnamed'>>;
}

/** What a mute matches at an instant, in the order of the targets. */
export interface MuteMatches {
  readonly targets: readonly Target[];
  readonly incidents: readonly (Target & { readonly id: number })[];
}

type Reach = Pick<Mute, 'matchers' | 'untilInSync' | 'members'>;

/** `withFiles` says whether one of the mutes matches files. */
export async function fleetAt(
  reader: Pick<HistoryReader, 'summaries' | 'incidents'>,
  at: number,
  { withFiles }: { withFiles: boolean },
): Promise<Fleet> {
  const statuses = await reader.summaries({});
  if (!withFiles) return { statuses, incidents: new Map() };
  const drifted = new Set(
    statuses.filter(({ incident }) => incident !== undefined).map(({ target }) => targetKey(target)),
  );
  const isWanted = (target: Target) => drifted.has(targetKey(target));
  return { statuses, incidents: await openIncidentsOf(reader, {}, { at, isWanted }) };
}

/** What a mute matches now, even if it is not in force. */
export function matchesOf(mute: Reach, { statuses, incidents }: Fleet, at: number): MuteMatches {
  const targets: Target[] = [];
  const open: MuteMatches['incidents'][number][] = [];
  for (const status of statuses) {
    const { target, incident } = status;
    const reached = conditionsOf(status, at).filter((condition) =>
      reaches(mute, subjectOf(status, { condition, incidents })),
    );
    if (reached.length > 0) targets.push(target);
    if (incident !== undefined && reached.includes('drift')) open.push({ id: incident.id, ...target });
  }
  return { targets, incidents: open };
}

/** The targets that a mute until in sync again would be made for: those that it matches and that are not SYNCED. */
export function membersOf(
  { matchers }: Pick<Mute, 'matchers'>,
  fleet: Fleet,
  at: number,
): (MuteMember & { readonly target: Target })[] {
  const wrong = fleet.statuses.filter((status) => stateOf(status, at) !== 'SYNCED');
  const anybody = { matchers, untilInSync: false, members: new Map() };
  return wrong
    .filter((status) => matchesOf(anybody, { ...fleet, statuses: [status] }, at).targets.length > 0)
    .map(({ target, checkedAt, lastSyncedAt }) => ({ target, checkedAt, lastSyncedAt }));
}

import type { Mute } from '../domain/mute.ts';
import {
  incidentsThatAre,
  type Muting,
  mutedIncidents,
  mutingAt,
  targetsThatAre,
} from '../domain/questions/muting.ts';
import type { OfTarget, TargetIncident } from '../domain/questions/reader.ts';
import type { QueryDeps } from './deps.ts';
import { type TargetQuery, targetFilter } from './schemas/query.ts';

type Store = QueryDeps['store'];
type MutedQuery = TargetQuery & { readonly muted?: boolean | undefined };

/** Which targets of a query are muted, and which of them it asks for; undefined: all. `at`: now if absent. */
export async function targetMuting(
  store: Store,
  query: MutedQuery,
  { now, at }: { now: number; at?: number | undefined },
): Promise<{ readonly muting: Muting; readonly isAsMuted: ((of: OfTarget) => boolean) | undefined }> {
  const filter = targetFilter(query);
  const muting = await mutingAt(store, filter, at ?? now);
  const { muted } = query;
  if (muted === undefined) return { muting, isAsMuted: undefined };
  return { muting, isAsMuted: await targetsThatAre(store, filter, { muting, muted, at }) };
}

/** The mute of each incident, and which incidents a query asks for; undefined: all. */
export async function incidentMuting(
  store: Store,
  query: MutedQuery,
  now: number,
): Promise<{
  readonly muteOf: (incident: TargetIncident) => Mute | undefined;
  readonly isWantedId: ((id: number) => boolean) | undefined;
}> {
  const filter = targetFilter(query);
  const muteOf = await mutedIncidents(store, filter, now);
  const { muted } = query;
  if (muted === undefined) return { muteOf, isWantedId: undefined };
  return { muteOf, isWantedId: await incidentsThatAre(store, filter, { muteOf, muted, now }) };
}

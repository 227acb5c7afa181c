import type { Mute, MuteMember } from '../../domain/mute.ts';
import type { Matchers } from '../../domain/notify/matchers.ts';
import { type Target, targetKey } from '../../domain/target.ts';
import { toActor } from './acknowledgement-rows.ts';
import { grouped } from './grouped.ts';
import { withoutNulls } from './nulls.ts';
import { mutes, muteTargets } from './schema-mutes.ts';
import type { Session } from './session.ts';
import { type Statement, statement } from './statement.ts';
import { selectList } from './table-columns.ts';

type MuteRow = typeof mutes.$inferSelect;

const MUTE = `SELECT ${selectList(mutes, 'm')} FROM mute m`;
/** By `mute_over`, whose end is a small part of it. */
const NOT_OVER = statement<{ at: number }, MuteRow>(
  `${MUTE} WHERE coalesce(m.ended_at, m.ends_at) > :at ORDER BY m.id`,
);
const BY_ID = statement<{ id: number }, MuteRow>(`${MUTE} WHERE m.id = :id`);
/** There are few, so all are read. */
const NEWEST_FIRST = statement<object, MuteRow>(`${MUTE} ORDER BY m.id DESC`);
/** Mutes that were not ended by a person, and whose time is over or may be. */
const TO_END = statement<{ now: number }, MuteRow>(
  `${MUTE} WHERE m.ended_at IS NULL AND (m.ends_at <= :now OR m.until_in_sync) ORDER BY m.id`,
);

interface MemberRow extends Target, Pick<typeof muteTargets.$inferSelect, 'checkedAt' | 'lastSyncedAt'> {
  readonly muteId: number;
}

/** Ranges of the key. */
const MEMBERS = statement<{ ids: readonly number[] }, MemberRow>(`
  SELECT t.repo, t.server, ${selectList(muteTargets, 'm', ['muteId', 'checkedAt', 'lastSyncedAt'])}
  FROM mute_target m JOIN target t ON t.id = m.target_id
  WHERE m.mute_id = ANY (:ids::bigint[]) AND t.repo IS NOT NULL`);

/** Not over at an instant, oldest first. Use all of these within one snapshot or transaction. */
export function mutesAt(session: Session, at: number): Promise<Mute[]> {
  return read(session, NOT_OVER, { at });
}

export function everyMute(session: Session): Promise<Mute[]> {
  return read(session, NEWEST_FIRST, {});
}

export async function muteById(session: Session, id: number): Promise<Mute | undefined> {
  return (await read(session, BY_ID, { id }))[0];
}

export function mutesToEnd(session: Session, now: number): Promise<Mute[]> {
  return read(session, TO_END, { now });
}

async function read<P extends object>(
  session: Session,
  asked: Statement<P, MuteRow>,
  params: P,
): Promise<Mute[]> {
  const rows = await session.all(asked, params);
  const ids = rows.flatMap(({ id, untilInSync }) => (untilInSync ? [id] : []));
  const members = ids.length === 0 ? [] : await session.all(MEMBERS, { ids });
  const byMute = grouped(members, ({ muteId }) => muteId);
  return rows.map((row) => toMute(row, byMute.get(row.id) ?? []));
}

function toMute(row: MuteRow, members: readonly MemberRow[]): Mute {
  const { matchers, byName, byVerified, endedByName, endedByVerified, ...values } = row;
  return {
    ...withoutNulls(values),
    matchers: toMatchers(matchers),
    by: toActor(byName, byVerified),
    endedBy: endedByVerified === null ? undefined : toActor(endedByName, endedByVerified),
    members: new Map(members.map(toMember)),
  };
}

function toMember({ repo, server, checkedAt, lastSyncedAt }: MemberRow): [string, MuteMember] {
  return [targetKey({ repo, server }), withoutNulls({ checkedAt, lastSyncedAt })];
}

/** Parses what this program wrote. */
function toMatchers(text: string): Matchers {
  return JSON.parse(text) as Matchers;
}

type Terms = Pick<Mute, 'matchers' | 'reason' | 'startsAt' | 'endsAt' | 'untilInSync' | 'by'>;

/** The terms and the owner of a mute as columns. */
export function termsRow({ matchers, by, reason, startsAt, endsAt, untilInSync }: Terms) {
  return {
    matchers: JSON.stringify(matchers),
    reason,
    startsAt,
    endsAt,
    untilInSync,
    byName: by.name ?? null,
    byVerified: by.verified,
  };
}

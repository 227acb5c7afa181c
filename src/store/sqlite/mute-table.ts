import type Sqlite from 'better-sqlite3';
import type { Actor } from '../../domain/action.ts';
import type { Mute, MuteMember } from '../../domain/mute.ts';
import type { Matchers } from '../../domain/notify/matchers.ts';
import { type Target, targetKey } from '../../domain/target.ts';
import { toTarget } from './named-target.ts';
import { prepared } from './prepared.ts';
import { columnsWithout, type RawRow, selectList } from './raw-rows.ts';
import { mutes, muteTargets } from './schema-mutes.ts';

type MuteRow = RawRow<typeof mutes>;

const MUTE = `SELECT ${selectList(mutes, 'm')} FROM mute m`;
/** By `mute_over`: its end is a small part of it. The plus keeps the planner from reading everything in order. */
const NOT_OVER = `${MUTE} WHERE coalesce(m.ended_at, m.ends_at) > ? ORDER BY +m.id`;
const BY_ID = `${MUTE} WHERE m.id = ?`;
/** All of them: there are few. */
const NEWEST_FIRST = `${MUTE} ORDER BY m.id DESC`;
/** Those that nobody ended and whose time is or may be over. */
const TO_END = `${MUTE} WHERE m.ended_at IS NULL AND (m.ends_at <= ? OR m.until_in_sync) ORDER BY m.id`;
/** A range of the key. */
const MEMBERS = `
  SELECT t.id AS targetId, t.repo, t.server, ${selectList(muteTargets, 'm', ['checkedAt', 'lastSyncedAt'])}
  FROM mute_target m JOIN target t ON t.id = m.target_id WHERE m.mute_id = ? AND t.repo IS NOT NULL`;

interface MemberRow extends Target {
  readonly targetId: number;
  readonly checkedAt: number | null;
  readonly lastSyncedAt: number | null;
}

/** Not over at an instant, oldest first. */
export function mutesAt(client: Sqlite.Database, at: number): Mute[] {
  return read(client, () => prepared<[number], MuteRow>(client, NOT_OVER).all(at));
}

export function everyMute(client: Sqlite.Database): Mute[] {
  return read(client, () => prepared<[], MuteRow>(client, NEWEST_FIRST).all());
}

export function muteById(client: Sqlite.Database, id: number): Mute | undefined {
  return read(client, () => prepared<[number], MuteRow>(client, BY_ID).all(id))[0];
}

export function mutesToEnd(client: Sqlite.Database, now: number): Mute[] {
  return read(client, () => prepared<[number], MuteRow>(client, TO_END).all(now));
}

/** One transaction: mutes and members are from the same snapshot. */
function read(client: Sqlite.Database, rows: () => MuteRow[]): Mute[] {
  return client.transaction(() => rows().map((row) => toMute(row, membersIn(client, row))))();
}

function membersIn(client: Sqlite.Database, { id, untilInSync }: MuteRow): Map<string, MuteMember> {
  if (untilInSync === 0) return new Map();
  const members = prepared<[number], MemberRow>(client, MEMBERS).all(id);
  return new Map(
    members.map(({ checkedAt, lastSyncedAt, ...named }) => [
      targetKey(toTarget(named)),
      { checkedAt: checkedAt ?? undefined, lastSyncedAt: lastSyncedAt ?? undefined },
    ]),
  );
}

const PLAIN = columnsWithout(mutes, ['byName', 'byVerified', 'endedByName', 'endedByVerified']);

function toMute(row: MuteRow, members: Map<string, MuteMember>): Mute {
  const { matchers, ...values } = PLAIN.toValues(row);
  return {
    ...values,
    matchers: matchers ?? {},
    by: toActor(row.byName, row.byVerified),
    endedBy: row.endedByVerified === null ? undefined : toActor(row.endedByName, row.endedByVerified),
    members,
  };
}

export function toActor(name: string | null, verified: number): Actor {
  return { name: name ?? undefined, verified: verified === 1 };
}

/** The terms and the owner of a mute as columns. */
export function termsRow({
  matchers,
  by,
  ...terms
}: Pick<Mute, 'matchers' | 'reason' | 'startsAt' | 'endsAt' | 'untilInSync' | 'by'>) {
  return {
    matchers: toText(matchers),
    reason: terms.reason,
    startsAt: terms.startsAt,
    endsAt: terms.endsAt,
    untilInSync: Number(terms.untilInSync),
    byName: by.name ?? null,
    byVerified: Number(by.verified),
  };
}

function toText(matchers: Matchers): string {
  return JSON.stringify(matchers);
}

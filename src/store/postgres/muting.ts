import type { Actor } from '../../domain/action.ts';
import { actionEvent } from '../../domain/action.ts';
import type { Mute, MuteTerms } from '../../domain/mute.ts';
import {
  muteDetail,
  needsMembers,
  overSince,
  refusalOfChange,
  refusalOfNew,
} from '../../domain/mute-plan.ts';
import type { Matchers } from '../../domain/notify/matchers.ts';
import { type Fleet, membersOf } from '../../domain/questions/mute-matches.ts';
import { factRangeOf } from '../../domain/questions/range.ts';
import { targetKey } from '../../domain/target.ts';
import type { MuteOutcome } from '../mutes.ts';
import { writeAction } from './action-table.ts';
import { writeEvents } from './event-rows.ts';
import { incidentsInRange } from './incident-query.ts';
import { muteById, mutesAt, mutesToEnd, termsRow } from './mute-table.ts';
import { databaseClock } from './node-row.ts';
import { one, type Session } from './session.ts';
import { command, statement } from './statement.ts';
import { summariesNow } from './status-query.ts';
import type { Transaction } from './transaction.ts';

/** Changes of mutes, each in the caller's transaction. They follow each other: mutes are read before they are written. */

interface By {
  readonly actor: Actor;
  /** What the store takes for now, by the clock of the database. */
  readonly clock: (databaseNow: number) => number;
}

/** It does not block readers. */
const LOCK = statement<object>('LOCK TABLE mute IN SHARE ROW EXCLUSIVE MODE');

type Terms = ReturnType<typeof termsRow>;

const INSERT = command<Terms & { createdAt: number }, { id: number }>(`
  INSERT INTO mute (matchers, reason, starts_at, ends_at, until_in_sync, created_at, by_name, by_verified)
  VALUES (:matchers, :reason, :startsAt, :endsAt, :untilInSync, :createdAt, :byName, :byVerified) RETURNING id`);
/** By its key, as all that follow. */
const CHANGE = command<Terms & { id: number }>(`
  UPDATE mute SET matchers = :matchers, reason = :reason, starts_at = :startsAt, ends_at = :endsAt,
    until_in_sync = :untilInSync, by_name = :byName, by_verified = :byVerified
  WHERE id = :id`);
const END = command<{ id: number; endedAt: number; name: string | null; verified: boolean | null }>(`
  UPDATE mute SET ended_at = :endedAt, ended_by_name = :name, ended_by_verified = :verified WHERE id = :id`);
const REMOVE_MEMBERS = command<{ id: number }>('DELETE FROM mute_target WHERE mute_id = :id');

interface Members {
  readonly id: number;
  readonly repos: readonly string[];
  readonly servers: readonly string[];
  readonly checkedAts: readonly (number | null)[];
  readonly lastSyncedAts: readonly (number | null)[];
}

const ADD_MEMBERS = command<Members>(`
  INSERT INTO mute_target (mute_id, target_id, checked_at, last_synced_at)
  SELECT :id, t.id, w.checked_at, w.last_synced_at
  FROM unnest(:repos::text[], :servers::text[], :checkedAts::bigint[], :lastSyncedAts::bigint[])
    AS w(repo, server, checked_at, last_synced_at)
  JOIN target t ON t.repo = w.repo COLLATE "C" AND t.server = w.server COLLATE "C"`);

const ANY_TIME = () => undefined;

export async function addMute(transaction: Transaction, terms: MuteTerms, by: By): Promise<MuteOutcome> {
  const now = await lockedNow(transaction, by);
  const members = terms.untilInSync
    ? membersOf(terms, await fleet(transaction, terms.matchers, now), now)
    : [];
  const current = (await mutesAt(transaction, now)).length;
  const reason = refusalOfNew(terms, { current, members: members.length });
  if (reason !== undefined) return { kind: 'refused', reason };
  const { actor } = by;
  const row = { ...termsRow({ ...terms, by: actor }), createdAt: now };
  const { id } = await one(transaction, INSERT, row);
  addMembers(transaction, id, members);
  writeAction(transaction, { what: 'muted', actor, recordedAt: now, detail: muteDetail(id, terms) });
  return done(transaction, id);
}

export async function changeMute(
  transaction: Transaction,
  id: number,
  { terms, ...by }: By & { terms: MuteTerms },
): Promise<MuteOutcome> {
  const now = await lockedNow(transaction, by);
  const before = await muteById(transaction, id);
  const reason = refusalOfChange(before, now);
  if (before === undefined || reason !== undefined) return { kind: 'refused', reason: reason ?? 'not_found' };
  if (needsMembers(before, terms)) {
    const members = membersOf(terms, await fleet(transaction, terms.matchers, now), now);
    if (members.length === 0) return { kind: 'refused', reason: 'in_sync' };
    transaction.send(REMOVE_MEMBERS, { id });
    addMembers(transaction, id, members);
  }
  const { actor } = by;
  transaction.send(CHANGE, { ...termsRow({ ...terms, by: actor }), id });
  writeAction(transaction, { what: 'mute_changed', actor, recordedAt: now, detail: muteDetail(id, terms) });
  return done(transaction, id);
}

export async function endMute(transaction: Transaction, id: number, by: By): Promise<MuteOutcome> {
  const now = await lockedNow(transaction, by);
  const mute = await muteById(transaction, id);
  const reason = refusalOfChange(mute, now);
  if (reason === 'ended' && mute !== undefined) return { kind: 'done', mute };
  if (mute === undefined) return { kind: 'refused', reason: 'not_found' };
  const { actor } = by;
  transaction.send(END, { id, endedAt: now, name: actor.name ?? null, verified: actor.verified });
  writeAction(transaction, { what: 'mute_ended', actor, recordedAt: now, detail: muteDetail(id, mute) });
  return done(transaction, id);
}

/** The mutes that are over by themselves, and since when. Reads alone. */
export async function mutesOver(
  session: Session,
  now: number,
): Promise<readonly { readonly mute: Mute; readonly since: number }[]> {
  const candidates = await mutesToEnd(session, now);
  const isAnyInSync = candidates.some(({ untilInSync, endsAt }) => untilInSync && endsAt > now);
  const statuses = isAnyInSync ? await summariesNow(session, {}, ANY_TIME) : [];
  const lastSyncedAt = new Map(
    statuses.map((status) => [targetKey(status.target), status.lastSyncedAt] as const),
  );
  return candidates.flatMap((mute) => {
    const since = overSince(mute, { lastSyncedAt, now });
    return since === undefined ? [] : [{ mute, since }];
  });
}

/** Returns how many it ended. */
export async function endMutesOver(transaction: Transaction, clock: By['clock']): Promise<number> {
  const actor = { name: undefined, verified: false };
  const now = await lockedNow(transaction, { clock });
  const over = await mutesOver(transaction, now);
  for (const { mute, since } of over) {
    const { id } = mute;
    const event = actionEvent({ what: 'mute_ended', actor, recordedAt: now, detail: muteDetail(id, mute) });
    transaction.send(END, { id, endedAt: since, name: null, verified: null });
    if (event !== undefined) writeEvents(transaction, [{ ...event, origin: 'time', effectiveAt: since }]);
  }
  return over.length;
}

async function lockedNow(session: Session, { clock }: Pick<By, 'clock'>): Promise<number> {
  const [, now] = await Promise.all([session.all(LOCK, {}), databaseClock(session)]);
  return clock(now);
}

/** A mute is about targets as they are now, so this is read in the transaction that writes it. */
async function fleet(session: Session, { file }: Matchers, now: number): Promise<Fleet> {
  const statuses = await summariesNow(session, {}, ANY_TIME);
  if (file === undefined) return { statuses, incidents: new Map() };
  const range = factRangeOf({ from: now }, now);
  const open = await incidentsInRange(session, {}, { range, betweenSlices: ANY_TIME });
  return { statuses, incidents: new Map(open.map((incident) => [incident.id, incident])) };
}

function addMembers(transaction: Transaction, id: number, members: ReturnType<typeof membersOf>): void {
  if (members.length === 0) return;
  transaction.send(ADD_MEMBERS, {
    id,
    repos: members.map(({ target }) => target.repo),
    servers: members.map(({ target }) => target.server),
    checkedAts: members.map(({ checkedAt = null }) => checkedAt),
    lastSyncedAts: members.map(({ lastSyncedAt = null }) => lastSyncedAt),
  });
}

async function done(session: Session, id: number): Promise<MuteOutcome> {
  const mute = await muteById(session, id);
  if (mute === undefined) throw new Error('A mute that was written must be there.');
  return { kind: 'done', mute };
}

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
import { actionWrite } from './action-table.ts';
import { eventInsert } from './event-log.ts';
import { incidentsInRange } from './incident-query.ts';
import { muteById, mutesAt, mutesToEnd, termsRow } from './mute-table.ts';
import { storedNames } from './named-target.ts';
import type { Database } from './open.ts';
import { summariesNow } from './status-query.ts';

interface By {
  readonly actor: Actor;
  /** Epoch milliseconds. */
  readonly now: number;
}

const INSERT = `
  INSERT INTO mute (matchers, reason, starts_at, ends_at, until_in_sync, created_at, by_name, by_verified)
  VALUES (:matchers, :reason, :startsAt, :endsAt, :untilInSync, :createdAt, :byName, :byVerified)`;
/** By its key, as all that follow. */
const CHANGE = `
  UPDATE mute SET matchers = :matchers, reason = :reason, starts_at = :startsAt, ends_at = :endsAt,
    until_in_sync = :untilInSync, by_name = :byName, by_verified = :byVerified
  WHERE id = :id`;
const END = `
  UPDATE mute SET ended_at = :endedAt, ended_by_name = :name, ended_by_verified = :verified WHERE id = :id`;
const REMOVE_MEMBERS = 'DELETE FROM mute_target WHERE mute_id = ?';
const ADD_MEMBER = `
  INSERT INTO mute_target (mute_id, target_id, checked_at, last_synced_at)
  SELECT :id, t.id, :checkedAt, :lastSyncedAt FROM target t WHERE t.repo = :repo AND t.server = :server`;

type Ended = { id: number; endedAt: number; name: string | null; verified: number | null };
type Terms = ReturnType<typeof termsRow>;
type Member = {
  id: number;
  repo: string;
  server: string;
  checkedAt: number | null;
  lastSyncedAt: number | null;
};

const ANY_TIME = () => undefined;

/** Makes, changes and ends mutes, each in the caller's transaction. */
export class MuteWrites {
  readonly #db: Database;
  readonly #writeAction;
  readonly #insertEvent;
  readonly #storedName;
  readonly #statements;

  constructor(db: Database) {
    const client = db.$client;
    this.#db = db;
    this.#writeAction = actionWrite(client);
    this.#insertEvent = eventInsert(client);
    this.#storedName = storedNames(client).target;
    this.#statements = {
      insert: client.prepare<[Terms & { createdAt: number }]>(INSERT),
      change: client.prepare<[Terms & { id: number }]>(CHANGE),
      end: client.prepare<[Ended]>(END),
      removeMembers: client.prepare<[number]>(REMOVE_MEMBERS),
      addMember: client.prepare<[Member]>(ADD_MEMBER),
    };
  }

  add(terms: MuteTerms, { actor, now }: By): MuteOutcome {
    const members = terms.untilInSync ? membersOf(terms, this.#fleet(terms.matchers, now), now) : [];
    const current = mutesAt(this.#db.$client, now).length;
    const reason = refusalOfNew(terms, { current, members: members.length });
    if (reason !== undefined) return { kind: 'refused', reason };
    const row = this.#statements.insert.run({ ...termsRow({ ...terms, by: actor }), createdAt: now });
    const id = Number(row.lastInsertRowid);
    this.#addMembers(id, members);
    this.#writeAction({ what: 'muted', actor, recordedAt: now, detail: muteDetail(id, terms) });
    return this.#done(id);
  }

  change(id: number, terms: MuteTerms, { actor, now }: By): MuteOutcome {
    const before = muteById(this.#db.$client, id);
    const reason = refusalOfChange(before, now);
    if (before === undefined || reason !== undefined)
      return { kind: 'refused', reason: reason ?? 'not_found' };
    if (needsMembers(before, terms)) {
      const members = membersOf(terms, this.#fleet(terms.matchers, now), now);
      if (members.length === 0) return { kind: 'refused', reason: 'in_sync' };
      this.#statements.removeMembers.run(id);
      this.#addMembers(id, members);
    }
    this.#statements.change.run({ ...termsRow({ ...terms, by: actor }), id });
    this.#writeAction({ what: 'mute_changed', actor, recordedAt: now, detail: muteDetail(id, terms) });
    return this.#done(id);
  }

  end(id: number, { actor, now }: By): MuteOutcome {
    const mute = muteById(this.#db.$client, id);
    const reason = refusalOfChange(mute, now);
    if (reason === 'ended' && mute !== undefined) return { kind: 'done', mute };
    if (mute === undefined) return { kind: 'refused', reason: 'not_found' };
    const { name = null, verified } = actor;
    this.#statements.end.run({ id, endedAt: now, name, verified: Number(verified) });
    this.#writeAction({ what: 'mute_ended', actor, recordedAt: now, detail: muteDetail(id, mute) });
    return this.#done(id);
  }

  /** The mutes that are over by themselves, and since when. It only reads. */
  over(now: number): { readonly mute: Mute; readonly since: number }[] {
    const candidates = mutesToEnd(this.#db.$client, now);
    const isAnyInSync = candidates.some(({ untilInSync, endsAt }) => untilInSync && endsAt > now);
    const statuses = isAnyInSync ? summariesNow(this.#db, {}, ANY_TIME) : [];
    const lastSyncedAt = new Map(
      statuses.map((status) => [targetKey(status.target), status.lastSyncedAt] as const),
    );
    return candidates.flatMap((mute) => {
      const since = overSince(mute, { lastSyncedAt, now });
      return since === undefined ? [] : [{ mute, since }];
    });
  }

  /** Returns how many it ended. */
  endThoseOver(now: number): number {
    const over = this.over(now);
    for (const { mute, since } of over) {
      this.#statements.end.run({ id: mute.id, endedAt: since, name: null, verified: null });
      const actor = { name: undefined, verified: false };
      const event = actionEvent({
        what: 'mute_ended',
        actor,
        recordedAt: now,
        detail: muteDetail(mute.id, mute),
      });
      if (event !== undefined) this.#insertEvent({ ...event, origin: 'time', effectiveAt: since });
    }
    return over.length;
  }

  /** A mute matches targets as they are now, so this is read in the transaction that writes it. */
  #fleet({ file }: Matchers, now: number): Fleet {
    const statuses = summariesNow(this.#db, {}, ANY_TIME);
    if (file === undefined) return { statuses, incidents: new Map() };
    const range = factRangeOf({ from: now }, now);
    const open = incidentsInRange(this.#db, {}, { range, betweenSlices: ANY_TIME });
    return { statuses, incidents: new Map(open.map((incident) => [incident.id, incident])) };
  }

  #addMembers(id: number, members: ReturnType<typeof membersOf>): void {
    for (const { target, checkedAt = null, lastSyncedAt = null } of members) {
      this.#statements.addMember.run({ id, ...this.#storedName(target), checkedAt, lastSyncedAt });
    }
  }

  #done(id: number): MuteOutcome {
    const mute = muteById(this.#db.$client, id);
    if (mute === undefined) throw new Error('A mute that was written must be there.');
    return { kind: 'done', mute };
  }
}

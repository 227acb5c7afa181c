import { type Actor, eventBy } from '../../domain/action.ts';
import { planDeclare } from '../../domain/record/plan-declare.ts';
import { planDelete } from '../../domain/record/plan-delete.ts';
import { planRename } from '../../domain/record/plan-rename.ts';
import type { Target } from '../../domain/target.ts';
import type { Declaration, Renaming } from '../recording.ts';
import { writeAction } from './action-table.ts';
import { writeEvents } from './event-rows.ts';
import { type LockedTargets, lockTargets } from './locking.ts';
import { similarNames } from './names.ts';
import { command } from './statement.ts';
import { writeStatuses } from './status-writes.ts';
import type { StoredTarget } from './target-table.ts';
import type { Transaction } from './transaction.ts';

/** What is done to targets, beside reporting. Each runs in the caller's transaction. */

export interface By {
  readonly actor: Actor | undefined;
  /** What the store takes for now, by the clock of the database. */
  readonly clock: (databaseNow: number) => number;
}

/** All by their keys. */
const DECLARE = command<{ id: number; declaredAt: number }>(
  'UPDATE target SET declared_at = :declaredAt, deleted_at = NULL WHERE id = :id',
);
const HIDE = command<{ id: number; deletedAt: number }>(
  'UPDATE target SET deleted_at = :deletedAt, last_deleted_at = :deletedAt WHERE id = :id',
);
/** It stays deleted, so all queries skip it without checking the name. */
const TAKE_NAME = command<{ id: number }>(
  `UPDATE target SET repo = NULL, server = NULL, labels = '{}' WHERE id = :id`,
);
const TAKE_FORMER_NAMES = command<{ id: number }>('DELETE FROM former_name WHERE target_id = :id');
/** Its acknowledgement ends, and no mute waits for it. */
const END_ACKNOWLEDGEMENT = command<{ id: number }>('DELETE FROM acknowledgement WHERE incident_id = :id');
const LEAVE_MUTES = command<{ id: number }>('DELETE FROM mute_target WHERE target_id = :id');
/** A transaction that waits for the lock finds the row gone, and looks for the name again. */
const REMOVE_STATUS = command<{ id: number }>('DELETE FROM target_status WHERE target_id = :id');
const UNWATCH = command<{ id: number }>('DELETE FROM stale_watch WHERE target_id = :id');
const UNMARK_PUSH = command<{ id: number }>('DELETE FROM deleted_push WHERE target_id = :id');

const SET_NAME = command<Target & { id: number }>(
  'UPDATE target SET repo = :repo, server = :server WHERE id = :id',
);
/** A target may get a former name back. */
const FORGET = command<Target>('DELETE FROM former_name WHERE repo = :repo AND server = :server');
const REMEMBER = command<Target & { id: number; renamedAt: number }>(`
  INSERT INTO former_name (repo, server, target_id, renamed_at) VALUES (:repo, :server, :id, :renamedAt)`);

export async function declareTargets(
  transaction: Transaction,
  targets: readonly Target[],
  by: By,
): Promise<Declaration[]> {
  const locked = await lockTargets(transaction, targets, { create: true });
  const declared = new Set<number>();
  const results: Declaration[] = [];
  for (const target of targets) results.push(await declare(transaction, target, { by, locked, declared }));
  locked.removeUnused(transaction, declared);
  return results;
}

async function declare(
  transaction: Transaction,
  target: Target,
  { by: { actor, clock }, locked, declared }: { by: By; locked: LockedTargets; declared: Set<number> },
): Promise<Declaration> {
  const existing = locked.get(target);
  const former = existing === undefined ? locked.former(target) : undefined;
  if (former !== undefined) return { kind: 'renamed', ...former };
  const id = locked.idOf(target);
  const now = clock(locked.now);
  const plan = declared.has(id) ? undefined : planDeclare({ existing, target, now, actor: actor?.name });
  if (plan === undefined) return { kind: 'unchanged' };
  declared.add(id);
  const { status, declaredAt } = plan;
  const [similar = []] = existing === undefined ? await similarNames(transaction, [target]) : [];
  transaction.send(DECLARE, { id, declaredAt });
  if (status) writeStatuses(transaction, [{ targetId: id, before: existing?.status, after: status }]);
  writeEvents(transaction, [eventBy(actor, plan.event)]);
  if (actor) writeAction(transaction, { what: 'target_declared', actor, recordedAt: now, ...target });
  return { kind: 'declared', similar };
}

/** False if there is no such target; with `purge` a hidden one counts. */
export async function deleteTarget(
  transaction: Transaction,
  target: Target,
  { purge, ...by }: By & { purge: boolean },
): Promise<boolean> {
  const locked = await lockTargets(transaction, [target], { create: false });
  const existing = locked.get(target);
  if (existing === undefined || (existing.deletedAt !== undefined && !purge)) return false;
  const now = by.clock(locked.now);
  const { id, labels } = existing;
  hide(transaction, target, { existing, now, actor: by.actor });
  if (purge) {
    for (const removal of [TAKE_NAME, TAKE_FORMER_NAMES, REMOVE_STATUS, UNWATCH, UNMARK_PUSH]) {
      transaction.send(removal, { id });
    }
  }
  if (by.actor) {
    const what = purge ? 'target_purged' : 'target_deleted';
    const { repo, server } = target;
    writeAction(transaction, { what, actor: by.actor, recordedAt: now, repo, server }, { labels });
  }
  return true;
}

/** Deleting again changes nothing and writes no event. */
function hide(
  transaction: Transaction,
  target: Target,
  { existing, now, actor }: { existing: StoredTarget; now: number; actor: Actor | undefined },
): void {
  if (existing.deletedAt !== undefined) return;
  const { id } = existing;
  const { status, deletedAt, event } = planDelete({ existing, target, now, actor: actor?.name });
  transaction.send(HIDE, { id, deletedAt });
  if (status) writeStatuses(transaction, [{ targetId: id, before: existing.status, after: status }]);
  if (status?.incident) transaction.send(END_ACKNOWLEDGEMENT, { id: status.incident.id });
  transaction.send(LEAVE_MUTES, { id });
  writeEvents(transaction, [eventBy(actor, event)]);
}

export async function renameTarget(
  transaction: Transaction,
  { from, to }: { from: Target; to: Target },
  { actor, clock }: By,
): Promise<Renaming> {
  const locked = await lockTargets(transaction, [from, to], { create: false });
  const existing = locked.get(from);
  const now = clock(locked.now);
  const named = (target: Target) => ({ existing: locked.get(target), former: locked.former(target) });
  const plan = planRename({ from, to, old: named(from), next: named(to), now, actor: actor?.name });
  if (plan.kind === 'refused') return plan;
  if (existing === undefined) throw new Error('A target that is renamed must be there.');
  const { id } = existing;
  const detail = { renamed_to: { repo: to.repo, server: to.server } };
  transaction.send(SET_NAME, { id, ...to });
  transaction.send(FORGET, to);
  transaction.send(REMEMBER, { id, ...from, renamedAt: plan.renamedAt });
  writeEvents(
    transaction,
    plan.events.map((event) => eventBy(actor, event)),
  );
  if (actor) writeAction(transaction, { what: 'target_renamed', actor, recordedAt: now, ...from, detail });
  const [similar = []] = await similarNames(transaction, [to]);
  return { kind: 'renamed', similar };
}

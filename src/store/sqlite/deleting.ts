import { planDelete } from '../../domain/record/plan-delete.ts';
import type { Target } from '../../domain/target.ts';
import { eventInsert } from './event-log.ts';
import type { Database } from './open.ts';
import { loadTarget, type StoredTarget, statusWrite } from './target-table.ts';

interface DeletedBy {
  readonly actor: string | undefined;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** Each works in the caller's transaction, and is false where there is no such target: one that is hidden is none. */
interface Deletions {
  /** Takes a target out of everything that is asked about now. Its history stays. */
  hide(target: Target, by: DeletedBy): boolean;

  /** Takes the name from a target as well: what is left has none, and waits for the next pass of pruning. */
  purge(target: Target, by: DeletedBy): boolean;
}

const HIDE = 'UPDATE target SET deleted_at = :deletedAt, last_deleted_at = :deletedAt WHERE id = :id';
/** It stays deleted, so every question passes it over without asking for a name. */
const TAKE_NAME = `UPDATE target SET repo = NULL, server = NULL, labels = '{}' WHERE id = ?`;
/** By `former_name_target`. */
const TAKE_FORMER_NAMES = 'DELETE FROM former_name WHERE target_id = ?';
const REMOVE_STATUS = 'DELETE FROM target_status WHERE target_id = ?';

export function deletions({ $client: client }: Database): Deletions {
  const load = loadTarget(client);
  const writeStatus = statusWrite(client);
  const insertEvent = eventInsert(client);
  const hideTarget = client.prepare<[{ id: number; deletedAt: number }]>(HIDE);
  const takeName = client.prepare<[number]>(TAKE_NAME);
  const takeFormerNames = client.prepare<[number]>(TAKE_FORMER_NAMES);
  const removeStatus = client.prepare<[number]>(REMOVE_STATUS);

  /** Deleting again changes nothing, and is no second event. */
  const hide = (existing: StoredTarget, target: Target, by: DeletedBy) => {
    if (existing.deletedAt !== undefined) return;
    const { status, deletedAt, event } = planDelete({ existing, target, ...by });
    hideTarget.run({ id: existing.id, deletedAt });
    if (status !== undefined) writeStatus(existing.id, status);
    insertEvent(event);
  };

  return {
    hide(target, by) {
      const existing = load(target);
      if (existing === undefined || existing.deletedAt !== undefined) return false;
      hide(existing, target, by);
      return true;
    },
    purge(target, by) {
      const existing = load(target);
      if (existing === undefined) return false;
      hide(existing, target, by);
      takeName.run(existing.id);
      takeFormerNames.run(existing.id);
      removeStatus.run(existing.id);
      return true;
    },
  };
}

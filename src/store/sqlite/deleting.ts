import { type Actor, eventBy } from '../../domain/action.ts';
import { planDelete } from '../../domain/record/plan-delete.ts';
import type { Labels, Target } from '../../domain/target.ts';
import { actionWrite } from './action-table.ts';
import { eventInsert } from './event-log.ts';
import type { Database } from './open.ts';
import { loadTarget, type StoredTarget, statusWrite } from './target-table.ts';

interface DeletedBy {
  readonly actor: Actor | undefined;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** Both run in the caller's transaction. They are false if there is no such target; a hidden one does not count. */
interface Deletions {
  /** Removes a target from all answers about the present. Its history stays. */
  hide(target: Target, by: DeletedBy): boolean;

  /** Also removes the name of a target; the next pass of pruning removes its rows. */
  purge(target: Target, by: DeletedBy): boolean;
}

const HIDE = 'UPDATE target SET deleted_at = :deletedAt, last_deleted_at = :deletedAt WHERE id = :id';
/** It stays deleted, so all queries skip it without looking at the name. */
const TAKE_NAME = `UPDATE target SET repo = NULL, server = NULL, labels = '{}' WHERE id = ?`;
/** By `former_name_target`. */
const TAKE_FORMER_NAMES = 'DELETE FROM former_name WHERE target_id = ?';
/** By their keys: nobody works on the incident any more, and no mute waits for the target. */
const END_ACKNOWLEDGEMENT = 'DELETE FROM acknowledgement WHERE incident_id = ?';
const LEAVE_MUTES = 'DELETE FROM mute_target WHERE target_id = ?';
const REMOVE_STATUS = 'DELETE FROM target_status WHERE target_id = ?';

export function deletions({ $client: client }: Database): Deletions {
  const load = loadTarget(client);
  const writeStatus = statusWrite(client);
  const insertEvent = eventInsert(client);
  const writeAction = actionWrite(client);
  const hideTarget = client.prepare<[{ id: number; deletedAt: number }]>(HIDE);
  const takeName = client.prepare<[number]>(TAKE_NAME);
  const takeFormerNames = client.prepare<[number]>(TAKE_FORMER_NAMES);
  const endAcknowledgement = client.prepare<[number]>(END_ACKNOWLEDGEMENT);
  const leaveMutes = client.prepare<[number]>(LEAVE_MUTES);
  const removeStatus = client.prepare<[number]>(REMOVE_STATUS);

  /** Deleting again changes nothing and writes no event. */
  const hide = (existing: StoredTarget, target: Target, by: DeletedBy) => {
    if (existing.deletedAt !== undefined) return;
    const { status, deletedAt, event } = planDelete({ existing, target, now: by.now, actor: by.actor?.name });
    hideTarget.run({ id: existing.id, deletedAt });
    if (status !== undefined) writeStatus(existing.id, status);
    if (status?.incident !== undefined) endAcknowledgement.run(status.incident.id);
    leaveMutes.run(existing.id);
    insertEvent(eventBy(by.actor, event));
  };

  const tell = (
    what: 'target_deleted' | 'target_purged',
    { target, labels, by: { actor, now } }: { target: Target; labels: Labels; by: DeletedBy },
  ) => {
    if (actor === undefined) return;
    writeAction({ what, actor, recordedAt: now, repo: target.repo, server: target.server }, { labels });
  };

  return {
    hide(target, by) {
      const existing = load(target);
      if (existing === undefined || existing.deletedAt !== undefined) return false;
      hide(existing, target, by);
      tell('target_deleted', { target, labels: existing.labels, by });
      return true;
    },
    purge(target, by) {
      const existing = load(target);
      if (existing === undefined) return false;
      hide(existing, target, by);
      takeName.run(existing.id);
      takeFormerNames.run(existing.id);
      removeStatus.run(existing.id);
      tell('target_purged', { target, labels: existing.labels, by });
      return true;
    },
  };
}

import { type Actor, eventBy } from '../../domain/action.ts';
import { planRename } from '../../domain/record/plan-rename.ts';
import type { Target } from '../../domain/target.ts';
import type { Renaming } from '../recording.ts';
import { actionWrite } from './action-table.ts';
import { eventInsert } from './event-log.ts';
import { formerNames, similarNames } from './names.ts';
import type { Database } from './open.ts';
import { loadTarget } from './target-table.ts';

/** Each by a key. */
const SET_NAME = 'UPDATE target SET repo = :repo, server = :server WHERE id = :id';
/** A target may get a former name back. */
const FORGET = 'DELETE FROM former_name WHERE repo = ? AND server = ?';
const REMEMBER = `
  INSERT INTO former_name (repo, server, target_id, renamed_at) VALUES (:repo, :server, :id, :renamedAt)`;

interface By {
  readonly actor: Actor | undefined;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** Makes a function that renames a target in the caller's transaction. */
export function renamings({
  $client: client,
}: Database): (names: { from: Target; to: Target }, by: By) => Renaming {
  const load = loadTarget(client);
  const formerName = formerNames(client);
  const similarTo = similarNames(client);
  const insertEvent = eventInsert(client);
  const writeAction = actionWrite(client);
  const setName = client.prepare<[Target & { id: number }]>(SET_NAME);
  const forget = client.prepare<[string, string]>(FORGET);
  const remember = client.prepare<[Target & { id: number; renamedAt: number }]>(REMEMBER);

  return ({ from, to }, { actor, now }) => {
    const existing = load(from);
    const named = (target: Target) => ({ existing: load(target), former: formerName(target) });
    const plan = planRename({ from, to, old: named(from), next: named(to), now, actor: actor?.name });
    if (plan.kind === 'refused') return plan;
    if (existing === undefined) throw new Error('A target that is renamed must be there.');
    const { id } = existing;
    setName.run({ id, repo: to.repo, server: to.server });
    forget.run(to.repo, to.server);
    remember.run({ id, repo: from.repo, server: from.server, renamedAt: plan.renamedAt });
    for (const event of plan.events) insertEvent(eventBy(actor, event));
    const detail = { renamed_to: { repo: to.repo, server: to.server } };
    if (actor !== undefined) writeAction({ what: 'target_renamed', actor, recordedAt: now, ...from, detail });
    return { kind: 'renamed', similar: similarTo(to) };
  };
}

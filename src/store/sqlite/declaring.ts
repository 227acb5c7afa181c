import { type Actor, eventBy } from '../../domain/action.ts';
import { planDeclare } from '../../domain/record/plan-declare.ts';
import type { Target } from '../../domain/target.ts';
import type { Declaration } from '../recording.ts';
import { actionWrite } from './action-table.ts';
import { eventInsert } from './event-log.ts';
import { formerNames, similarNames } from './names.ts';
import type { Database } from './open.ts';
import { loadTarget, statusWrite } from './target-table.ts';

/** By the unique name. */
const DECLARE = `
  INSERT INTO target (repo, server, declared_at) VALUES (:repo, :server, :declaredAt)
  ON CONFLICT (repo, server) DO UPDATE SET declared_at = excluded.declared_at, deleted_at = NULL`;

/** Makes a function that declares a target in the caller's transaction. `now`: epoch milliseconds. */
export function declarations({
  $client: client,
}: Database): (target: Target, by: { actor: Actor | undefined; now: number }) => Declaration {
  const load = loadTarget(client);
  const formerName = formerNames(client);
  const similarTo = similarNames(client);
  const writeStatus = statusWrite(client);
  const insertEvent = eventInsert(client);
  const writeAction = actionWrite(client);
  const declare = client.prepare<[Target & { declaredAt: number }]>(DECLARE);

  return (target, { actor, now }) => {
    const existing = load(target);
    const former = existing === undefined ? formerName(target) : undefined;
    if (former !== undefined) return { kind: 'renamed', ...former };
    const plan = planDeclare({ existing, target, now, actor: actor?.name });
    if (plan === undefined) return { kind: 'unchanged' };
    declare.run({ repo: target.repo, server: target.server, declaredAt: plan.declaredAt });
    if (existing !== undefined && plan.status !== undefined) writeStatus(existing.id, plan.status);
    insertEvent(eventBy(actor, plan.event));
    if (actor !== undefined) writeAction({ what: 'target_declared', actor, recordedAt: now, ...target });
    return { kind: 'declared', similar: existing === undefined ? similarTo(target) : [] };
  };
}

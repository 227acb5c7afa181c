import type { NewEvent } from '../event.ts';
import type { Json } from '../finding.ts';
import type { Target } from '../target.ts';
import { announcedStateOf, type ExistingTarget, type FormerName, isShown } from './facts.ts';

/** What a name stands for. */
interface Named {
  readonly existing: ExistingTarget | undefined;
  /** Set if it is the former name of a target. */
  readonly former: FormerName | undefined;
}

export type RenamePlan =
  | { readonly kind: 'renamed'; readonly renamedAt: number; readonly events: readonly NewEvent[] }
  | { readonly kind: 'refused'; readonly reason: RenameRefusal };

export type RenameRefusal =
  /** Both names are the same. */
  | { readonly kind: 'same_name' }
  /** There is no target of that name, or it is deleted. */
  | { readonly kind: 'not_found' }
  /** The target has this name already, and was named by a former one. */
  | { readonly kind: 'renamed_before'; readonly target: Target; readonly renamedAt: number }
  /** The new name has a history, of a target that may be deleted. */
  | { readonly kind: 'taken'; readonly isDeleted: boolean }
  /** The new name is a former name of another target, whose reports may still arrive under it. */
  | { readonly kind: 'former_name'; readonly target: Target };

/**
 * Plans a new name for a target, which keeps its history. In the event log the old name goes and the new one appears.
 * Refused if the new name has a history of its own. A target may get its own former name back.
 */
export function planRename({
  from,
  to,
  old,
  next,
  now,
  actor,
}: {
  from: Target;
  to: Target;
  /** What the old and the new name stand for. */
  old: Named;
  next: Named;
  now: number;
  actor: string | undefined;
}): RenamePlan {
  const reason = refusalOf({ from, to, old, next });
  if (reason !== undefined || old.existing === undefined) {
    return { kind: 'refused', reason: reason ?? { kind: 'not_found' } };
  }
  const { labels, status } = old.existing;
  const state = announcedStateOf(old.existing);
  const common = {
    origin: 'action',
    actor,
    recordedAt: now,
    effectiveAt: now,
    labels,
    incident: status?.incident,
    driftCount: undefined,
    commit: status?.commit,
    runUrl: undefined,
  } as const;
  return {
    kind: 'renamed',
    renamedAt: now,
    events: [
      {
        kind: 'target_deleted',
        ...common,
        ...from,
        previousState: state,
        state: undefined,
        detail: { renamed_to: nameOf(to) },
      },
      {
        kind: 'target_added',
        ...common,
        ...to,
        previousState: undefined,
        state,
        detail: { renamed_from: nameOf(from) },
      },
    ],
  };
}

function refusalOf({
  from,
  to,
  old,
  next,
}: {
  from: Target;
  to: Target;
  old: Named;
  next: Named;
}): RenameRefusal | undefined {
  if (isSame(from, to)) return { kind: 'same_name' };
  if (old.former !== undefined) return { kind: 'renamed_before', ...old.former };
  if (!isShown(old.existing)) return { kind: 'not_found' };
  if (next.existing !== undefined) return { kind: 'taken', isDeleted: next.existing.deletedAt !== undefined };
  if (next.former !== undefined && !isSame(next.former.target, from)) {
    return { kind: 'former_name', target: next.former.target };
  }
  return undefined;
}

function isSame(a: Target, b: Target): boolean {
  return a.repo === b.repo && a.server === b.server;
}

function nameOf({ repo, server }: Target): { readonly [key: string]: Json } {
  return { repo, server };
}

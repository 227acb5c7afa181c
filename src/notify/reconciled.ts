import type { StoredIncident } from '../domain/incident.ts';
import type { Entry } from '../domain/notify/decide-message.ts';
import type { Due } from '../domain/notify/join-threads.ts';
import type { Problem } from '../domain/notify/message.ts';
import type { Notification } from '../domain/notify/notification.ts';
import type { TargetFacts } from '../domain/notify/problems.ts';
import {
  problemNow,
  type Recipient,
  type ReconcileInput,
  type Reconciliation,
  reconcile,
} from '../domain/notify/reconcile.ts';
import { type Target, targetKey } from '../domain/target.ts';
import type { NotificationChanges } from '../store/notifications.ts';

interface Known {
  /** The open notifications of the channel about them. */
  readonly stored: readonly Notification[];
  readonly facts: readonly TargetFacts[];
  readonly incidents: readonly StoredIncident[];
  readonly now: number;
  /** By `targetKey`, when the last event about it was recorded; all others count as recorded now. */
  readonly recordedAt?: ReadonlyMap<string, number>;
  readonly recipient: Recipient;
}

interface Handled {
  readonly acknowledgedBy: (problem: Problem) => string | undefined;
}

interface OfTarget {
  readonly input: ReconcileInput;
  readonly changes: Reconciliation;
}

/** What a channel has about some targets, compared with what is true now. */
export class Reconciled {
  readonly #now: number;
  readonly #targets = new Map<number, OfTarget>();
  /** By id, the notifications as they are now; undefined if dropped. */
  readonly #changed = new Map<number | undefined, Notification | undefined>();

  /** Ids without facts are deleted targets. */
  constructor(ids: readonly number[], known: Known) {
    const { stored, incidents, now, recipient, recordedAt } = known;
    this.#now = now;
    const factsOf = new Map(known.facts.map((of) => [of.id, of]));
    const byId = new Map(incidents.map((incident) => [incident.id, incident]));
    const notifications = byTarget(stored);
    for (const targetId of new Set([...ids, ...factsOf.keys()])) {
      const facts = factsOf.get(targetId);
      const input = {
        now,
        recordedAt: Math.min(now, (facts && recordedAt?.get(targetKey(facts.target))) ?? now),
        recipient,
        targetId,
        facts,
        notifications: notifications.get(targetId) ?? [],
        incidents: byId,
      };
      this.#add(targetId, { input, changes: reconcile(input) });
    }
  }

  add(other: Reconciled): void {
    for (const [targetId, ofTarget] of other.#targets) this.#add(targetId, ofTarget);
  }

  #add(targetId: number, ofTarget: OfTarget): void {
    this.#targets.set(targetId, ofTarget);
    for (const notification of ofTarget.changes.write) {
      if (notification.id !== undefined) this.#changed.set(notification.id, notification);
    }
    for (const { id } of ofTarget.changes.remove) this.#changed.set(id, undefined);
  }

  /** The targets that are not deleted. */
  get targets(): readonly Target[] {
    return [...this.#targets.values()].flatMap(({ input }) => input.facts?.target ?? []);
  }

  get isEmpty(): boolean {
    return [...this.#targets.values()].every(
      ({ changes }) => changes.write.length === 0 && changes.remove.length === 0,
    );
  }

  /** The waiting notifications that are due by an instant, with their problems. */
  due(waiting: readonly Notification[], { by, handling }: { by: number; handling: Handled }): readonly Due[] {
    return waiting.flatMap((before) => {
      const notification = this.#afterwards(before);
      const input = this.#targets.get(before.targetId)?.input;
      if (notification === undefined || input === undefined || notification.dueAt > by) return [];
      const problem = this.#problemOf(notification, handling);
      if (problem === undefined) return [];
      const last = input.incidents.get(notification.incidentId ?? Number.NaN);
      return [{ notification, problem, incident: input.facts?.incident ?? last }];
    });
  }

  /**
   * The notifications of a thread with their present problems, or with the problems as they were told if these were not
   * read.
   */
  entries(before: readonly Notification[], handling: Handled): readonly Entry[] {
    return before.flatMap((stored) => {
      const notification = this.#afterwards(stored);
      if (notification === undefined) return [];
      const fresh = notification.overAt === undefined ? this.#problemOf(notification, handling) : undefined;
      const problem = fresh ?? notification.told;
      return problem === undefined ? [] : [{ notification, problem }];
    });
  }

  /** Everything that must be written; later decisions replace earlier ones. */
  changes(decided: NotificationChanges = {}, except?: string): NotificationChanges {
    const later = new Set(decided.write?.map(({ id }) => id));
    const changes = [...this.#targets.values()].map((ofTarget) => ofTarget.changes);
    const write = changes.flatMap((of) => of.write.filter(({ id }) => id === undefined || !later.has(id)));
    const remove = changes.flatMap((of) => of.remove);
    const touched = [...changes.flatMap((of) => of.write), ...remove].flatMap(({ thread }) => thread ?? []);
    const threads = [...touched, ...(decided.touch?.threads ?? [])].filter((id) => id !== except);
    return {
      ...decided,
      write: [...write, ...(decided.write ?? [])],
      remove,
      touch: { threads: [...new Set(threads)], at: this.#now },
    };
  }

  #afterwards(before: Notification): Notification | undefined {
    return this.#changed.has(before.id) ? this.#changed.get(before.id) : before;
  }

  #problemOf(notification: Notification, { acknowledgedBy }: Handled): Problem | undefined {
    const input = this.#targets.get(notification.targetId)?.input;
    const problem = input && problemNow(notification, input);
    return problem && { ...problem, acknowledgedBy: acknowledgedBy(problem) };
  }
}

function byTarget(notifications: readonly Notification[]): Map<number, Notification[]> {
  const found = new Map<number, Notification[]>();
  for (const notification of notifications) {
    const { targetId } = notification;
    found.set(targetId, [...(found.get(targetId) ?? []), notification]);
  }
  return found;
}

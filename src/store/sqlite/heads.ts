import type { OpenPeriod } from '../../domain/period.ts';
import { type Target, targetKey } from '../../domain/target.ts';
import type { OpenIncident } from '../store.ts';

/** Where a target stands: all that the usual report, newer than everything before it, is compared with. */
export interface Head {
  readonly targetId: number;
  /** Undefined where there is no report yet. */
  readonly current: OpenPeriod | undefined;
  /** How many of the current period's reports its row does not know of yet. */
  readonly unwritten: number;
  /** When the state it is in began. */
  readonly since: number;
  readonly incident: OpenIncident | undefined;
}

type Kept = Omit<Head, 'current' | 'unwritten'> & {
  readonly current: OpenPeriod & Writable<End>;
  unwritten: number;
};
type End = Pick<OpenPeriod, 'lastCheckAt' | 'staleAt' | 'reports'>;
type Writable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * The heads of the targets that were written to, kept so that the next report of each need not ask for them again:
 * some 400 bytes each. True as long as nobody else writes: then they must be cleared.
 */
export class Heads {
  readonly #kept = new Map<string, Kept>();
  readonly #read: (target: Target) => Head;

  constructor(read: (target: Target) => Head) {
    this.#read = read;
  }

  of(target: Target): Head {
    const kept = this.#kept.get(targetKey(target));
    // A copy, as what is kept is changed in place.
    if (kept !== undefined) return { ...kept, current: { ...kept.current } };
    const head = this.#read(target);
    this.set(target, head);
    return head;
  }

  set(target: Target, { targetId, current, unwritten, since, incident }: Head): void {
    const key = targetKey(target);
    if (current === undefined) {
      this.#kept.delete(key);
      return;
    }
    // Field by field: an object that is spread of another takes several times as much room.
    const { startedAt, receivedAt, lastCheckAt, staleAt, finding, commit, reports } = current;
    const period = { startedAt, receivedAt, lastCheckAt, staleAt, finding, commit, reports };
    this.#kept.set(key, { targetId, current: period, unwritten, since, incident });
  }

  /**
   * The same where nothing but the end of the current period has moved. In place: a new object for every report, each
   * outliving the one before it, would leave the heap of a large fleet half empty, and twice as large.
   */
  extend(target: Target, head: Head & { readonly current: OpenPeriod }): void {
    const kept = this.#kept.get(targetKey(target));
    if (kept === undefined) {
      this.set(target, head);
      return;
    }
    kept.unwritten = head.unwritten;
    kept.current.lastCheckAt = head.current.lastCheckAt;
    kept.current.staleAt = head.current.staleAt;
    kept.current.reports = head.current.reports;
  }

  clear(): void {
    this.#kept.clear();
  }
}

import { type Target, targetKey } from '../../domain/target.ts';
import type { OpenIncident } from '../store.ts';
import type { PeriodRef } from './rows.ts';

/** Where a target stands: all that the usual report, newer than everything before it, is compared with. */
export interface Head {
  readonly targetId: number;
  /** Undefined where there is no report yet. */
  readonly last: PeriodRef | undefined;
  /** When the state it is in began. */
  readonly since: number;
  readonly incident: OpenIncident | undefined;
}

/**
 * The heads of the targets that were written to, kept so that the next report of each need not ask for them again:
 * some 400 bytes each. True as long as nobody else writes: then they must be cleared.
 */
export class Heads {
  readonly #known = new Map<string, Head>();
  readonly #read: (target: Target) => Head;

  constructor(read: (target: Target) => Head) {
    this.#read = read;
  }

  of(target: Target): Head {
    const key = targetKey(target);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const head = this.#read(target);
    this.#known.set(key, head);
    return head;
  }

  set(target: Target, head: Head): void {
    this.#known.set(targetKey(target), head);
  }

  clear(): void {
    this.#known.clear();
  }
}

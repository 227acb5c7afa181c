import { spellingKey } from '../spelling.ts';
import { type Target, targetKey } from '../target.ts';
import type { ExistingTarget, Facts } from './facts.ts';

const NONE: readonly Target[] = [];

/** Finds the known targets whose names are like those of the new targets of a transaction. */
export class SimilarNames {
  readonly #facts: Facts;
  readonly #found = new Map<string, readonly Target[]>();
  /** The new targets so far, by spelling. */
  readonly #new = new Map<string, readonly Target[]>();

  constructor(facts: Facts) {
    this.#facts = facts;
  }

  /** Looks at the targets in the order in which they were accepted; false if something has to be loaded first. */
  look({ target, existing }: { target: Target; existing: ExistingTarget | undefined }): boolean {
    if (existing !== undefined) return true;
    const loaded = this.#facts.get({ kind: 'similar', target });
    if (loaded === undefined) return false;
    const key = spellingKey(target);
    const here = this.#new.get(key) ?? NONE;
    this.#new.set(key, [...here, target]);
    const similar = [...loaded.answer, ...here];
    if (similar.length > 0) this.#found.set(targetKey(target), similar);
    return true;
  }

  to(target: Target): readonly Target[] {
    return this.#found.size === 0 ? NONE : (this.#found.get(targetKey(target)) ?? NONE);
  }
}

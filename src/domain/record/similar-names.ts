import { isSpelledAlike } from '../spelling.ts';
import { type Target, targetKey } from '../target.ts';
import type { ExistingTarget, Facts } from './facts.ts';

/** Finds the known targets whose names are like those of the new targets of a transaction. */
export class SimilarNames {
  readonly #facts: Facts;
  readonly #found = new Map<string, readonly Target[]>();
  readonly #new: Target[] = [];

  constructor(facts: Facts) {
    this.#facts = facts;
  }

  /** Looks at the targets in the order in which they were accepted; false where something has to be loaded first. */
  look({ target, existing }: { target: Target; existing: ExistingTarget | undefined }): boolean {
    if (existing !== undefined) return true;
    const loaded = this.#facts.get({ kind: 'similar', target });
    const here = this.#new.filter((other) => isSpelledAlike(other, target));
    this.#new.push(target);
    if (loaded === undefined) return false;
    const similar = [...loaded.answer, ...here];
    if (similar.length > 0) this.#found.set(targetKey(target), similar);
    return true;
  }

  to(target: Target): readonly Target[] {
    return this.#found.size === 0 ? NONE : (this.#found.get(targetKey(target)) ?? NONE);
  }
}

const NONE: readonly Target[] = [];

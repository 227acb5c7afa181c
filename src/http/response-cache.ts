import type { Range } from '../domain/instant.ts';
import type { Answer } from './ask.ts';

/** The version of the data that an answer was made from, and the time span in which the answer is valid. */
interface Validity extends Range {
  readonly version: string;
}

const MAX_ANSWERS = 8;
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * The last few answers that are not too large. Each is reused while the data is the same and no state in it has
 * changed.
 */
export class ResponseCache {
  readonly #answers = new Map<string, Validity & { readonly answer: Answer }>();

  get(name: string, { version, at }: { version: string; at: number }): Answer | undefined {
    const cached = this.#answers.get(name);
    if (cached === undefined) return undefined;
    // After the clock was turned back the answer is not valid: it says nothing about the time before.
    return cached.version === version && at >= cached.from && at < cached.to ? cached.answer : undefined;
  }

  set(name: string, answer: Answer, validity: Validity): void {
    this.#answers.delete(name);
    if ((answer.body?.byteLength ?? 0) <= MAX_BYTES) this.#answers.set(name, { ...validity, answer });
    const [oldest] = this.#answers.keys();
    if (this.#answers.size > MAX_ANSWERS && oldest !== undefined) this.#answers.delete(oldest);
  }
}

import type { Range } from '../domain/instant.ts';
import type { Answer } from './ask.ts';

/** For which version of the data something was made, and the span of time in which it would come out the same. */
interface Validity extends Range {
  readonly version: string;
}

const MAX_ANSWERS = 8;
const MAX_BYTES = 16 * 1024 * 1024;

/** The last few answers, of moderate size: each is given again while the data and every state in it are the same. */
export class ResponseCache {
  readonly #answers = new Map<string, Validity & { readonly answer: Answer }>();

  get(name: string, { version, at }: { version: string; at: number }): Answer | undefined {
    const cached = this.#answers.get(name);
    if (cached === undefined) return undefined;
    // Where the clock was turned back it does not hold: nothing is known of the time before.
    return cached.version === version && at >= cached.from && at < cached.to ? cached.answer : undefined;
  }

  set(name: string, answer: Answer, validity: Validity): void {
    this.#answers.delete(name);
    if ((answer.body?.byteLength ?? 0) <= MAX_BYTES) this.#answers.set(name, { ...validity, answer });
    const [oldest] = this.#answers.keys();
    if (this.#answers.size > MAX_ANSWERS && oldest !== undefined) this.#answers.delete(oldest);
  }
}

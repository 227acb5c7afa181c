import type { Range } from '../domain/instant.ts';
import type { Answer } from './ask.ts';

/** The version of the data that an answer was made from, and the time span in which the answer is valid. */
interface Validity extends Range {
  readonly version: string;
}

interface Cached extends Validity {
  readonly answer: Answer;
  readonly bytes: number;
}

const MAX_ANSWERS = 32;
/** Of all answers together. */
const MAX_BYTES = 32 * 1024 * 1024;
/** One answer must not displace all others. */
const MAX_ANSWER_BYTES = MAX_BYTES / 2;

/**
 * The last few answers that are not too large, as they are sent: compressed or not. An answer is reused while the data
 * is the same and no state in it has changed.
 */
export class ResponseCache {
  /** The oldest first. */
  readonly #answers = new Map<string, Cached>();
  #bytes = 0;

  /** The bytes of all answers and their names. */
  get bytes(): number {
    return this.#bytes;
  }

  get(name: string, { version, at }: { version: string; at: number }): Answer | undefined {
    const cached = this.#answers.get(name);
    if (cached === undefined) return undefined;
    // If the clock was turned back the answer is not valid: it says nothing about the time before.
    return cached.version === version && at >= cached.from && at < cached.to ? cached.answer : undefined;
  }

  set(name: string, answer: Answer, validity: Validity): void {
    this.#remove(name);
    const bytes = name.length + (answer.body?.byteLength ?? 0);
    if (bytes > MAX_ANSWER_BYTES) return;
    this.#answers.set(name, { answer, bytes, ...validity });
    this.#bytes += bytes;
    for (const oldest of this.#answers.keys()) {
      if (this.#answers.size <= MAX_ANSWERS && this.#bytes <= MAX_BYTES) return;
      this.#remove(oldest);
    }
  }

  #remove(name: string): void {
    this.#bytes -= this.#answers.get(name)?.bytes ?? 0;
    this.#answers.delete(name);
  }
}

import type { Question } from '../http/ask.ts';

/** A question for a worker. */
export interface QuestionTask {
  readonly question: Question;
  readonly interest: SharedArrayBuffer;
}

const LOST = 0;
const STARTED = 1;

/** Whether an answer is still wanted, in memory that both threads share. */
export class Interest {
  readonly shared: SharedArrayBuffer;
  readonly #flags: Int32Array;

  constructor(shared: SharedArrayBuffer) {
    this.shared = shared;
    this.#flags = new Int32Array(shared);
  }

  static begin(): Interest {
    return new Interest(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
  }

  get isLost(): boolean {
    return Atomics.load(this.#flags, LOST) === 1;
  }

  get isStarted(): boolean {
    return Atomics.load(this.#flags, STARTED) === 1;
  }

  lose(): void {
    Atomics.store(this.#flags, LOST, 1);
  }

  start(): void {
    Atomics.store(this.#flags, STARTED, 1);
  }
}

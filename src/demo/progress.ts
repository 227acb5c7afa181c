import { plural } from '../web/views/words.ts';

/** The longest time without a message. */
const TELL_EVERY_MS = 1000;
/** How long it records before it says how long all will take. */
const MEASURE_MS = 500;

interface Work {
  readonly targets: number;
  readonly days: number;
  /** The instants between which reports are recorded. */
  readonly from: number;
  readonly to: number;
}

interface Outside {
  /** A monotonic clock in milliseconds. */
  readonly clock: () => number;
  readonly write: (line: string) => void;
}

/** Shows how far filling a fleet has come: first how long it will take, then a line at least every two seconds. */
export class Progress {
  readonly #work: Work;
  readonly #outside: Outside;
  readonly #startedAt: number;
  #toldAt: number | undefined;
  #share = 0;
  #reports = 0;

  constructor(work: Work, outside: Outside) {
    this.#work = work;
    this.#outside = outside;
    this.#startedAt = outside.clock();
  }

  /** A group of reports is on disk; the last of them is from `at`. */
  recorded(reports: number, at: number): void {
    const { from, to } = this.#work;
    this.#reports += reports;
    this.#share = Math.min(0.99, Math.max(0, (at - from) / (to - from)));
    const now = this.#outside.clock();
    if (this.#toldAt === undefined) {
      if (now - this.#startedAt >= MEASURE_MS) this.#begin(now);
    } else if (now - this.#toldAt >= TELL_EVERY_MS) {
      this.#tell(`${this.#percent} %, about ${this.#secondsLeft(now)} to go`, now);
    }
  }

  /** Everything is recorded. */
  done(): void {
    const now = this.#outside.clock();
    if (this.#toldAt === undefined) this.#begin(now);
    const seconds = ((now - this.#startedAt) / 1000).toFixed(1);
    this.#tell(
      `100 %: ${plural(this.#reports, 'report')} of ${plural(this.#work.targets, 'target')} recorded in ${seconds} s`,
      now,
    );
  }

  /** It ends before everything is recorded. `kept` is the file that stays, undefined if none does. */
  interrupted(kept: string | undefined): void {
    const rest = kept === undefined ? 'removed again' : `left in ${kept}; no demo continues that file`;
    this.#tell(
      `interrupted at ${this.#percent} %: ${this.#reports} reports were recorded, and are ${rest}`,
      0,
    );
  }

  #begin(now: number): void {
    const { targets, days } = this.#work;
    const isShort = this.#share === 0;
    const long = isShort ? '' : `, which takes about ${this.#secondsLeft(now)}`;
    this.#tell(`filling in ${plural(days, 'day')} of ${plural(targets, 'target')}${long}`, now);
  }

  #secondsLeft(now: number): string {
    const perShare = (now - this.#startedAt) / this.#share;
    return `${Math.max(1, Math.round((perShare * (1 - this.#share)) / 1000))} s`;
  }

  get #percent(): number {
    return Math.floor(100 * this.#share);
  }

  #tell(words: string, now: number): void {
    this.#toldAt = now;
    this.#outside.write(`demo: ${words}\n`);
  }
}

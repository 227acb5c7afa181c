import { setImmediate } from 'node:timers/promises';
import type { TargetFilter } from '../../src/domain/questions/reader.ts';
import type { Signal } from '../../src/events/listener.ts';
import type { EventTail, Listening, ListenOptions } from '../../src/events/tail.ts';
import type { Timers } from '../../src/events/timers.ts';

/** Ticks pass when a test says so. Turns are real ones, unless they are held. */
export class TestTimers implements Timers {
  readonly #ticking = new Set<{ ms: number; callback: () => void }>();
  #held: (() => void)[] | undefined;

  get running(): number {
    return this.#ticking.size;
  }

  every(ms: number, callback: () => void): () => void {
    const ticking = { ms, callback };
    this.#ticking.add(ticking);
    return () => this.#ticking.delete(ticking);
  }

  async pass(ms: number): Promise<void> {
    for (const ticking of [...this.#ticking]) {
      for (let passed = ticking.ms; passed <= ms && this.#ticking.has(ticking); passed += ticking.ms) {
        ticking.callback();
        await settled();
      }
    }
  }

  /** From now on no turn ends before the test says so. */
  holdTurns(): void {
    this.#held = [];
  }

  async endTurn(): Promise<void> {
    const held = this.#held?.splice(0) ?? [];
    for (const end of held) end();
    await settled();
  }

  turn(): Promise<void> {
    return this.#held === undefined
      ? setImmediate()
      : new Promise((resolve) => {
          this.#held?.push(resolve);
        });
  }
}

/** An event in the form of the tests: its seq and a blank. */
export const encodeSeq = ({ seq }: { seq: number }): string => `${seq} `;

export function seqsIn(bytes: Uint8Array): number[] {
  return Buffer.from(bytes).toString().trim().split(' ').map(Number);
}

/** A listener that takes everything at once. */
export class TestListener {
  readonly signals: Signal[] = [];
  readonly #listening: Listening;
  isOver = false;

  private constructor(listening: Listening) {
    this.#listening = listening;
  }

  static async listen(
    tail: EventTail,
    { filter = {}, ...options }: ListenOptions & { filter?: TargetFilter } = {},
  ): Promise<TestListener> {
    const listener = new TestListener(await tail.subscribe(filter, options));
    void listener.#takeAll();
    await settled();
    return listener;
  }

  get seqs(): number[] {
    return this.signals.flatMap((signal) => (signal.kind === 'events' ? seqsIn(signal.bytes) : []));
  }

  get resets(): number[] {
    return this.signals.flatMap((signal) => (signal.kind === 'reset' ? [signal.seq] : []));
  }

  get kinds(): Signal['kind'][] {
    return this.signals.map(({ kind }) => kind);
  }

  leave(): void {
    this.#listening.end();
  }

  async #takeAll(): Promise<void> {
    for await (const signal of this.#listening) this.signals.push(signal);
    this.isOver = true;
  }
}

/** Resolves once everything has happened that waits only for turns of the event loop. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await setImmediate();
}

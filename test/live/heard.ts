import type { Listening, Live } from '../../src/live/live.ts';
import type { Signal } from '../../src/live/signals.ts';
import type { TargetFilter } from '../../src/store/store.ts';

type Kind = Signal['kind'] | Extract<Signal, { kind: 'event' }>['event']['what']['kind'];

/** Somebody who listens and takes what there is at once. */
export class Ear {
  readonly signals: Signal[] = [];
  readonly #listening: Listening;
  isOver = false;

  private constructor(listening: Listening) {
    this.#listening = listening;
  }

  static async listen(live: Live, filter: TargetFilter = {}, lastEventId?: string): Promise<Ear> {
    const ear = new Ear(await live.listen(filter, lastEventId));
    void ear.#takeAll();
    await settled();
    return ear;
  }

  get events() {
    return this.signals.flatMap((signal) => (signal.kind === 'event' ? [signal.event] : []));
  }

  /** In short: the kinds of what was heard. */
  get kinds(): Kind[] {
    return this.signals.map((signal) => (signal.kind === 'event' ? signal.event.what.kind : signal.kind));
  }

  /** Of the last event or reset. */
  get lastId(): string {
    const last = this.signals.filter((signal) => signal.kind !== 'heartbeat').at(-1);
    if (last === undefined) throw new Error('Nothing was heard.');
    return last.kind === 'event' ? last.event.id : last.id;
  }

  leave(): void {
    this.#listening.end();
  }

  async #takeAll(): Promise<void> {
    for await (const signal of this.#listening) this.signals.push(signal);
    this.isOver = true;
  }
}

/** Resolves once everything that waits for nothing else has happened. */
export async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

import type { EncodeEvent } from '../../src/events/encoded-page.ts';
import { createEventTail, type EventTail } from '../../src/events/tail.ts';
import { FakeLog } from './fake-log.ts';
import { encodeSeq, settled, TestTimers } from './test-listener.ts';

/** A tail over a log in memory. */
export class TailScene {
  readonly log = new FakeLog();
  readonly timers = new TestTimers();
  readonly tail: EventTail;
  /** The seqs of encoded events, once for each encoding. */
  readonly encoded: number[] = [];
  readonly failures: unknown[] = [];

  constructor({ encode = encodeSeq }: { encode?: EncodeEvent } = {}) {
    this.tail = createEventTail({
      log: this.log,
      version: this.log.version,
      othersVersion: this.log.version,
      encode: (event) => {
        this.encoded.push(event.seq);
        return encode(event);
      },
      onFailure: (error) => this.failures.push(error),
      timers: this.timers,
    });
  }

  /** Writes events as this process does: the tail is woken. Returns the last seq. */
  async commit(...all: Parameters<FakeLog['append']>): Promise<number> {
    const last = this.log.append(...all);
    this.tail.wake();
    await settled();
    return last;
  }
}

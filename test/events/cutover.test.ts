import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TargetFilter } from '../../src/domain/questions/reader.ts';
import { createEventTail, type EventTail } from '../../src/events/tail.ts';
import type { EventLog } from '../../src/store/event-log.ts';
import { FakeLog, isMeant } from './fake-log.ts';
import { encodeSeq, seqsIn } from './test-listener.ts';

const SERVERS = ['a', 'b'];

/** This process tells the tail what it writes. What others write is noticed when the tail looks at the version. */
interface Write {
  readonly servers: readonly string[];
  readonly by: 'this process' | 'another process';
  readonly isNoticed: boolean;
}

interface Listen {
  /** How many steps pass before it begins: some begin when all others have left. */
  readonly comesAfter: number;
  /** How many events before the last one it had read; undefined if it never listened before. */
  readonly behind: number | undefined;
  readonly filter: TargetFilter;
  readonly leavesAfter: number | undefined;
}

const writes = fc.array(
  fc.record<Write>({
    servers: fc.array(fc.constantFrom(...SERVERS), { minLength: 1, maxLength: 3 }),
    by: fc.constantFrom('this process', 'another process'),
    isNoticed: fc.boolean(),
  }),
  { maxLength: 8 },
);

const listens = fc.array(
  fc.record<Listen>({
    comesAfter: fc.nat({ max: 6 }),
    behind: fc.constantFrom(undefined, 0, 0, 1, 4, 9),
    filter: fc.constantFrom<TargetFilter>({}, { servers: ['a'] }, { labels: ['env:a'] }),
    leavesAfter: fc.option(fc.nat({ max: 5 }), { nil: undefined }),
  }),
  { minLength: 1, maxLength: 4 },
);

interface Heard {
  readonly filter: TargetFilter;
  readonly seqs: number[];
  startedAt: number;
  hasLeft: boolean;
}

/** The scheduler decides when each asynchronous step happens: the ends of reads, and turns. */
class Scene {
  readonly log = new FakeLog();
  readonly heard: Heard[] = [];
  readonly #scheduler: fc.Scheduler;
  readonly #tail: EventTail;
  #tick: () => void = () => undefined;

  constructor(scheduler: fc.Scheduler) {
    this.#scheduler = scheduler;
    const slowly = async <T>(read: () => Promise<T>): Promise<T> => {
      await this.#step('a read begins');
      const found = await read();
      await this.#step('a read ends');
      return found;
    };
    const log: EventLog = {
      eventsAfter: (after, options) => slowly(() => this.log.eventsAfter(after, { ...options, limit: 3 })),
      eventBounds: () => slowly(() => this.log.eventBounds()),
    };
    const every = (_: number, callback: () => void) => {
      this.#tick = callback;
      return () => undefined;
    };
    const timers = { every, turn: () => this.#step('a turn passes') };
    const onFailure = (error: unknown) => expect.unreachable(String(error));
    this.#tail = createEventTail({
      log,
      version: this.log.version,
      othersVersion: this.log.version,
      encode: encodeSeq,
      onFailure,
      timers,
    });
  }

  async write(steps: readonly Write[]): Promise<void> {
    for (const { servers, by, isNoticed } of steps) {
      await this.#step(`${by} writes`);
      this.log.append(...servers.map((server) => ({ server, labels: { env: server } })));
      if (by === 'this process') this.#tail.wake();
      if (isNoticed) this.#tick();
    }
  }

  async listen({ comesAfter, behind, filter, leavesAfter }: Listen): Promise<void> {
    for (let step = 0; step < comesAfter; step++) await this.#step('nobody comes yet');
    const lastEventId = behind === undefined ? undefined : String(this.log.seqs.at(-1 - behind) ?? 0);
    const listening = await this.#tail.subscribe(filter, { lastEventId });
    const heard: Heard = { filter, seqs: [], startedAt: Number(lastEventId), hasLeft: false };
    this.heard.push(heard);
    let taken = 0;
    for await (const signal of listening) {
      if (signal.kind === 'reset') heard.startedAt = signal.seq;
      if (signal.kind === 'events') heard.seqs.push(...seqsIn(signal.bytes));
      if (taken++ === leavesAfter) {
        heard.hasLeft = true;
        listening.end();
      }
      await this.#step('a client takes what there is');
    }
  }

  /** Resolves once everything was delivered. */
  async end(): Promise<void> {
    await this.#scheduler.waitIdle();
    this.#tick();
    await this.#scheduler.waitIdle();
  }

  close(): void {
    this.#tail.close();
  }

  #step(what: string): Promise<void> {
    return this.#scheduler.schedule(Promise.resolve(), what);
  }
}

test('for any writes while a listener begins, each event arrives once and in order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      writes,
      listens,
      fc.boolean(),
      async (scheduler, written, listeners, isRestored) => {
        const scene = new Scene(scheduler);
        scene.log.appendMany(20, { server: 'a' });
        if (isRestored) scene.log.restoreTo(15);
        const actors = [scene.write(written), ...listeners.map((listen) => scene.listen(listen))];
        await scene.end();
        expect(scene.heard).toHaveLength(listeners.length);
        const { events } = await scene.log.eventsAfter(0, { limit: 1000 });
        for (const { filter, seqs, startedAt, hasLeft } of scene.heard) {
          const meant = events.filter((event) => event.seq > startedAt && isMeant(event, filter));
          const expected = meant.map(({ seq }) => seq);
          // A listener that left received a beginning of it.
          expect(seqs).toEqual(hasLeft ? expected.slice(0, seqs.length) : expected);
        }
        scene.close();
        await scheduler.waitIdle();
        await Promise.all(actors);
      },
    ),
    { numRuns: 2000 },
  );
});

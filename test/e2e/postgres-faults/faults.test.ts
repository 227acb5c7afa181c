import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { atFullLength } from '../../full-length.ts';
import { missing } from '../../store/postgres-database.ts';
import { FAULTS, type Fault, FEW } from './faults.ts';
import { ComparedLog, expectKept, witness } from './invariants.ts';
import { Scene } from './scene.ts';

const NODES = atFullLength(3, { otherwise: 2 });
const COUNT = 100;
/** The same seed gives the same faults. */
const SEED = Number(process.env.GITOPS_TEST_SEED ?? Date.now() % 1_000_000);
const random = randomFrom(SEED);

const planned = atFullLength(shuffled(COUNT), { otherwise: FEW }).map((fault, i) => ({
  place: i + 1,
  name: fault.name,
  fault,
}));

describe.skipIf(missing !== undefined)(`${NODES} nodes under load, seed ${SEED} (${missing ?? ''})`, () => {
  let scene: Scene;
  const log = new ComparedLog();
  const seen = { faults: 0, acknowledged: 0 };

  beforeAll(async () => {
    scene = await Scene.start(NODES);
  });

  afterAll(async () => {
    console.info(
      `${seen.faults} faults, ${seen.acknowledged} acknowledged reports: none lost, none twice; ` +
        `${log.length} events, each once at ${scene.followers.length} listeners.`,
    );
    await scene.stop();
  });

  test.each(planned)(
    '$place: $name, and nothing acknowledged is lost, nothing is there twice, no event is missed or doubled',
    async ({ place, fault }) => {
      const callers = scene.call(`fault-${place}`);
      onTestFinished(() => callers.abandon());
      await scene.acknowledged(20);
      await fault.strike(scene, random);
      // All come back by themselves.
      await scene.allAcknowledge();
      await callers.stop();
      await witness(scene.url, async (store) => {
        await expectKept(scene.fleet, store, callers, fault);
        await log.expectHeardBy(scene.followers, store);
      });
      expect(callers.acknowledged.size).toBe(callers.sent.size);
      seen.faults += 1;
      seen.acknowledged += callers.acknowledged.size;
    },
  );
});

/** Each at least once as long as there is room, in any order. */
function shuffled(count: number): readonly Fault[] {
  const all = Array.from({ length: count }, (_, i) => FAULTS[i % FAULTS.length]).flatMap(
    (fault) => fault ?? [],
  );
  return all
    .map((fault) => ({ fault, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ fault }) => fault);
}

/** Mulberry32: numbers from 0 to 1. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Message, Problem } from '../../src/domain/notify/message.ts';
import { problemsOf } from '../../src/domain/notify/problems.ts';
import { HOUR, MINUTE } from '../fixtures.ts';
import { propertyRuns } from '../full-length.ts';
import { Scene } from './scene.ts';

const FOR_MS = { drift: 2 * MINUTE, unknown: 3 * MINUTE, stale: MINUTE, never_reported: 4 * MINUTE };
/** After this time everything that is due is told, at any pace. */
const LONG_ENOUGH = 30 * MINUTE;

const repo = fc.constantFrom('r1', 'r2');
const server = fc.constantFrom('a', 'b', 'c');
const FINDINGS = [
  {},
  { syncStatus: 'OUT_OF_SYNC', files: ['x'] },
  { syncStatus: 'OUT_OF_SYNC', files: ['x', 'y'] },
  { syncStatus: 'UNKNOWN', errorKind: 'unreachable' },
] as const;

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('report' as const),
      repo,
      server,
      finding: fc.constantFrom(...FINDINGS),
      commit: fc.constantFrom(undefined, 'c1', 'c2'),
      lateMs: fc.constantFrom(0, 0, 0, 5 * MINUTE, HOUR),
      staleAfterMs: fc.constantFrom(10 * MINUTE, 10 * HOUR),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('pass' as const), minutes: fc.integer({ min: 1, max: 20 }) }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: 'restart' as const }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('channel' as const), works: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('mute' as const), isMuted: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('delete' as const), repo, server, purge: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('declare' as const), repo, server }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

async function take(scene: Scene, taken: Step): Promise<void> {
  switch (taken.kind) {
    case 'report': {
      const { kind: _, finding, lateMs, ...rest } = taken;
      await scene.reportIfTaken({ ...rest, ...finding, lastCheckAt: scene.now - lateMs });
      return;
    }
    case 'pass':
      return scene.pass(taken.minutes * MINUTE);
    case 'restart':
      return scene.restart();
    case 'channel':
      scene.ops.failure = taken.works ? undefined : new Error('down');
      return;
    case 'mute':
      scene.muted = () => taken.isMuted;
      return;
    case 'delete':
      await scene.store.deleteTarget({ repo: taken.repo, server: taken.server }, { purge: taken.purge });
      return;
    case 'declare':
      await scene.store.declareTargets([{ repo: taken.repo, server: taken.server }], {});
      return;
  }
}

/** What a reader of all messages knows: by thread, what is wrong and was not resolved. */
class Reader {
  readonly open = new Map<string, Set<string>>();
  readonly ids = new Set<string>();

  read(message: Message): void {
    expect(this.ids, 'a message came twice').not.toContain(message.id);
    this.ids.add(message.id);
    const thread = this.open.get(message.thread) ?? new Set();
    this.open.set(message.thread, thread);
    expect(message.phase === 'opened').toBe(message.id === message.thread);
    expect(message.problems.length).toBeGreaterThan(0);
    for (const problem of message.problems) {
      const name = nameOf(problem);
      if (message.phase === 'resolved') {
        expect(thread, 'a resolve of what was not told, or a second one').toContain(name);
        thread.delete(name);
        continue;
      }
      if (message.phase === 'repeated') expect(thread).toContain(name);
      thread.add(name);
    }
    // A problem that is over and not yet told as resolved is no longer open.
    expect(message.stillOpen).toBeLessThanOrEqual(thread.size);
  }

  get told(): string[] {
    return [...this.open.values()].flatMap((thread) => [...thread]).toSorted((a, b) => (a < b ? -1 : 1));
  }
}

/** By incident, because a target may be renamed, or have another one by now. */
function nameOf({ target, condition }: Pick<Problem, 'target' | 'condition'>): string {
  return `${target.repo} ${target.server} ${condition}`;
}

async function openNow(scene: Scene): Promise<string[]> {
  const ids = await scene.store.troubledTargets(0, 100, scene.now);
  const facts = await scene.store.targetFacts({ ids, now: scene.now });
  const names = facts.flatMap((of) => problemsOf(of, scene.now)).map(nameOf);
  return names.toSorted((a, b) => (a < b ? -1 : 1));
}

test('whatever happens: everything open is told, no message comes twice, and each opening has one resolve', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const scene = new Scene({ route: { forMs: FOR_MS, repeatMs: HOUR } });
      try {
        for (const taken of steps) await take(scene, taken);
        scene.ops.failure = undefined;
        scene.muted = () => false;
        await scene.pass(LONG_ENOUGH);
        await scene.drift('a', { repo: 'r1' });
        await scene.pass(LONG_ENOUGH);
        const reader = new Reader();
        for (const message of scene.sent) reader.read(message);
        // A target that flaps is told as one problem, which lasts longer than its incidents.
        const flapping = new Set(
          scene.sent
            .filter(({ about }) => about === 'flapping')
            .flatMap(({ problems }) => problems.map(nameOf)),
        );
        const rest = (names: readonly string[]) => names.filter((name) => !flapping.has(name));
        expect(rest(reader.told)).toEqual(rest(await openNow(scene)));
        await resolveAll(scene);
        for (const message of scene.sent.slice(reader.ids.size)) reader.read(message);
        expect(rest(reader.told)).toEqual([]);
      } finally {
        await scene.close();
      }
    }),
    propertyRuns(150, { isSlow: true }),
  );
}, 600_000);

async function resolveAll(scene: Scene): Promise<void> {
  const ids = await scene.store.troubledTargets(0, 100, scene.now);
  const facts = await scene.store.targetFacts({ ids, now: scene.now });
  for (const { target } of facts) await scene.synced(target.server, { repo: target.repo });
  await scene.pass(LONG_ENOUGH);
}

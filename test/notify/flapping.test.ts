import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DAY, HOUR, MINUTE } from '../fixtures.ts';
import { Scene, SECOND } from './scene.ts';

let scene: Scene;
beforeEach(async () => {
  scene = new Scene();
  await scene.work();
});
afterEach(() => scene.close());

describe('a target that flaps', () => {
  /** This many incidents of a few minutes each, none of which lasts long enough to be told. */
  async function flap(times: number, files: readonly string[] = ['a']): Promise<void> {
    for (let i = 0; i < times; i++) {
      await scene.drift('a', { files });
      await scene.pass(2 * MINUTE);
      await scene.synced('a');
      await scene.pass(2 * MINUTE);
    }
  }

  test('is told at the sixth incident, although none lasted, then daily', async () => {
    await flap(5);
    expect(scene.said).toEqual([]);
    await flap(1);
    expect(scene.said).toEqual(['opened drift a / 1']);
    expect(scene.sent[0]?.about).toBe('flapping');
    await flap(20);
    await scene.pass(DAY - 2 * HOUR, HOUR);
    expect(scene.said).toHaveLength(1);
    await scene.pass(HOUR);
    expect(scene.said.slice(1)).toEqual(['repeated drift a / 1']);
  });

  test('is told even if the sixth is over within seconds', async () => {
    await flap(5);
    await scene.drift('a');
    await scene.work();
    await scene.synced('a');
    await scene.pass(MINUTE);
    expect(scene.said).toEqual(['opened drift a / 1']);
  });

  test('new files are told at once, and those already told are not repeated', async () => {
    await flap(6);
    await flap(1, ['b']);
    expect(scene.said.slice(1)).toEqual(['updated drift a / 1']);
    expect(scene.sent[1]?.problems[0]?.files).toEqual(['a', 'b']);
    await flap(1, ['a']);
    await flap(1, ['b']);
    expect(scene.said).toHaveLength(2);
  });

  test('another cause is told at once', async () => {
    await scene.synced('a', { commit: 'c1' });
    for (let i = 0; i < 6; i++) {
      await scene.drift('a', { commit: 'c1' });
      await scene.pass(MINUTE);
      await scene.synced('a', { commit: 'c1' });
      await scene.pass(MINUTE);
    }
    expect(scene.sent.map(({ problems }) => problems[0]?.incident?.cause)).toEqual(['host_changed']);
    await scene.drift('a', { commit: 'c2' });
    await scene.pass(5 * SECOND);
    expect(scene.said.slice(1)).toEqual(['updated drift a / 1']);
    expect(scene.sent[1]?.problems[0]?.incident?.cause).toBe('commit_not_applied');
  });

  test('is resolved once it has fewer than six incidents in seven days and is in sync', async () => {
    await flap(6);
    await scene.pass(8 * DAY, HOUR);
    expect(scene.said.at(-1)).toBe('resolved drift a / 0');
    expect(scene.said.filter((text) => text.startsWith('resolved'))).toHaveLength(1);
  });

  test('is not resolved while it differs, however long that takes', async () => {
    await flap(5);
    await scene.drift('a');
    await scene.pass(9 * DAY, HOUR);
    expect(new Set(scene.said)).toEqual(new Set(['opened drift a / 1', 'repeated drift a / 1']));
    await scene.synced('a');
    await scene.pass(MINUTE);
    expect(scene.said.at(-1)).toBe('resolved drift a / 0');
  });

  test('an incident that was told before is also resolved', async () => {
    await scene.withoutWaiting();
    await flap(6);
    const ofIncidents = scene.sent.filter(({ about }) => about === 'group');
    expect(ofIncidents.filter(({ phase }) => phase === 'opened')).toHaveLength(5);
    expect(ofIncidents.filter(({ phase }) => phase === 'resolved')).toHaveLength(5);
    expect(scene.sent.filter(({ about }) => about === 'flapping').map(({ phase }) => phase)).toEqual([
      'opened',
    ]);
  });
});

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DAY, HOUR, MINUTE } from '../fixtures.ts';
import { Scene } from './scene.ts';

let scene: Scene;
beforeEach(async () => {
  scene = new Scene();
  await scene.work();
});
afterEach(() => scene.close());

describe('an open problem', () => {
  beforeEach(() => scene.withoutWaiting());

  test('is repeated after a day without news, with everything that is open', async () => {
    await scene.drift('a');
    await scene.drift('b');
    await scene.pass(DAY, HOUR);
    expect(scene.said).toEqual(['opened drift a b / 2']);
    await scene.pass(10 * MINUTE);
    expect(scene.said.slice(1)).toEqual(['repeated drift a b / 2']);
    await scene.pass(DAY, HOUR);
    expect(scene.said).toHaveLength(3);
  });

  test('is repeated as often as the route says', async () => {
    await scene.restart({ forMs: { drift: 0 }, repeatMs: 4 * HOUR });
    await scene.drift('a');
    await scene.pass(9 * HOUR, HOUR);
    expect(scene.said.map((text) => text.split(' ')[0])).toEqual(['opened', 'repeated', 'repeated']);
  });

  test('is not repeated if somebody works on it, but new files are told', async () => {
    await scene.drift('a');
    await scene.pass(MINUTE);
    scene.acknowledgedBy = () => 'kim';
    await scene.pass(2 * DAY, HOUR);
    expect(scene.said).toHaveLength(1);
    await scene.drift('a', { files: ['a', 'b'] });
    await scene.pass(MINUTE);
    expect(scene.said.slice(1)).toEqual(['updated drift a / 1']);
    expect(scene.sent[1]?.problems[0]?.acknowledgedBy).toBe('kim');
    await scene.synced('a');
    await scene.pass(MINUTE);
    expect(scene.said.slice(2)).toEqual(['resolved drift a / 0']);
  });

  test('that is muted is told when the mute ends, if it is still wrong then', async () => {
    scene.muted = () => true;
    await scene.drift('a');
    await scene.drift('b');
    await scene.pass(HOUR);
    expect(scene.said).toEqual([]);
    await scene.synced('b');
    scene.muted = () => false;
    await scene.pass(2 * MINUTE);
    expect(scene.said).toEqual(['opened drift a / 1']);
  });

  test('that was told before a mute is not repeated, its news wait, and it is resolved', async () => {
    await scene.drift('a');
    await scene.drift('b', { repo: 'other' });
    await scene.pass(MINUTE);
    expect(scene.said).toHaveLength(2);
    scene.muted = () => true;
    await scene.drift('a', { files: ['a', 'b'] });
    await scene.pass(2 * DAY, HOUR);
    expect(scene.said).toHaveLength(2);
    await scene.synced('b', { repo: 'other' });
    await scene.pass(MINUTE);
    expect(scene.said.slice(2)).toEqual(['resolved drift b / 0']);
    scene.muted = () => false;
    await scene.pass(6 * MINUTE);
    expect(scene.said.slice(3)).toEqual(['updated drift a / 1']);
  });
});

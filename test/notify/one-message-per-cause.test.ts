import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MINUTE } from '../fixtures.ts';
import { Scene, SECOND } from './scene.ts';

describe('one message per cause', () => {
  let scene: Scene;
  beforeEach(async () => {
    scene = new Scene();
    await scene.work();
  });
  afterEach(() => scene.close());

  test('a drift is told once, when it has lasted for ten minutes', async () => {
    await scene.drift('a');
    await scene.pass(10 * MINUTE - SECOND);
    expect(scene.said).toEqual([]);
    await scene.pass(SECOND);
    expect(scene.said).toEqual(['opened drift a / 1']);
    await scene.pass(60 * MINUTE, MINUTE);
    expect(scene.said).toHaveLength(1);
  });

  test('what is over before it was told is told to nobody', async () => {
    await scene.drift('a');
    await scene.pass(5 * MINUTE);
    await scene.synced('a');
    await scene.pass(60 * MINUTE, MINUTE);
    expect(scene.said).toEqual([]);
  });

  test('nothing that waits is lost at a restart, and nothing is told twice', async () => {
    await scene.drift('a');
    await scene.work();
    await scene.restart();
    await scene.pass(10 * MINUTE, MINUTE);
    expect(scene.said).toEqual(['opened drift a / 1']);
    await scene.restart();
    await scene.work({ sweep: true });
    expect(scene.said).toEqual(['opened drift a / 1']);
    await scene.synced('a');
    await scene.restart();
    await scene.pass(MINUTE);
    expect(scene.said).toEqual(['opened drift a / 1', 'resolved drift a / 0']);
  });
});

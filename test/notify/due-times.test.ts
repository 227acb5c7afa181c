import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DAY, HOUR, MINUTE } from '../fixtures.ts';
import { Scene, SECOND } from './scene.ts';

let scene: Scene;
beforeEach(async () => {
  scene = new Scene();
  await scene.work();
});
afterEach(() => scene.close());

describe('the time at which a problem is told', () => {
  test('a drift once it has lasted for ten minutes, and not again', async () => {
    await scene.drift('a');
    await scene.pass(10 * MINUTE - SECOND);
    expect(scene.said).toEqual([]);
    await scene.pass(SECOND);
    expect(scene.said).toEqual(['opened drift a / 1']);
    await scene.pass(HOUR);
    expect(scene.said).toHaveLength(1);
  });

  test('a drift that is over before that is never told: the pipeline was converging', async () => {
    await scene.drift('a');
    await scene.pass(9 * MINUTE);
    await scene.synced('a');
    await scene.pass(HOUR);
    expect(scene.said).toEqual([]);
  });

  test('the time runs from the opening, even while the target is UNKNOWN and STALE', async () => {
    await scene.drift('a', { staleAfterMs: 4 * MINUTE });
    await scene.pass(2 * MINUTE);
    await scene.report({ server: 'a', syncStatus: 'UNKNOWN', staleAfterMs: 7.5 * MINUTE });
    await scene.pass(8 * MINUTE - SECOND);
    expect(scene.said).toEqual([]);
    await scene.pass(SECOND);
    // STALE for half a minute: that alone is not told yet.
    expect(scene.said).toEqual(['opened drift a / 1']);
    expect(scene.sent[0]?.problems[0]).toMatchObject({ state: 'STALE', condition: 'drift' });
    expect(scene.sent[0]?.problems[0]?.next).toMatch(/the operator of the pipeline: .*; the owner: /);
  });

  test('not before fifteen seconds have passed since it was recorded', async () => {
    await scene.withoutWaiting();
    await scene.drift('a', { lastCheckAt: scene.now - HOUR });
    await scene.pass(15 * SECOND - 1);
    expect(scene.said).toEqual([]);
    await scene.pass(1);
    expect(scene.said).toEqual(['opened drift a / 1']);
  });

  test('UNKNOWN after half an hour, even during silence, and resolved only by a report', async () => {
    await scene.report({ server: 'a', syncStatus: 'UNKNOWN', errorKind: 'unreachable', error: 'no route' });
    await scene.pass(30 * MINUTE - SECOND);
    expect(scene.said).toEqual([]);
    await scene.pass(SECOND);
    expect(scene.said).toEqual(['opened unknown a / 1']);
    expect(scene.sent[0]?.problems[0]).toMatchObject({ errorKind: 'unreachable', error: 'no route' });
    await scene.report({ server: 'a', syncStatus: 'UNKNOWN', staleAfterMs: MINUTE });
    await scene.pass(5 * MINUTE);
    expect(scene.said).toEqual(['opened unknown a / 1', 'opened stale a / 1']);
    await scene.synced('a');
    await scene.pass(MINUTE);
    expect(new Set(scene.said.slice(2))).toEqual(new Set(['resolved stale a / 0', 'resolved unknown a / 0']));
  });

  test('silence after a minute', async () => {
    await scene.synced('a', { staleAfterMs: 10 * MINUTE });
    await scene.pass(11 * MINUTE - SECOND);
    expect(scene.said).toEqual([]);
    await scene.pass(SECOND);
    expect(scene.said).toEqual(['opened stale a / 1']);
  });

  test('a target that never reported after an hour', async () => {
    await scene.store.declareTargets([{ repo: 'rsyslog', server: 'a' }], {});
    await scene.pass(HOUR - SECOND);
    expect(scene.said).toEqual([]);
    await scene.pass(SECOND);
    expect(scene.said).toEqual(['opened never_reported a / 1']);
    await scene.synced('a');
    await scene.pass(MINUTE);
    expect(scene.said.slice(1)).toEqual(['resolved never_reported a / 0']);
  });

  test('of several routes to a channel the shortest time counts, and it gets one message', async () => {
    await scene.reroute([
      { matchers: {}, channels: ['ops'] },
      { matchers: { labels: { env: ['prod'] } }, channels: ['ops', 'others'], forMs: { drift: MINUTE } },
    ]);
    await scene.drift('a', { labels: { env: 'prod' } });
    await scene.drift('b');
    await scene.pass(MINUTE);
    expect(scene.said).toEqual(['opened drift a / 1']);
    await scene.pass(10 * MINUTE);
    expect(scene.said.slice(1)).toEqual(['updated drift b / 2']);
  });

  test('only for channels with a route', async () => {
    await scene.reroute([{ matchers: { server: ['a*'] }, channels: ['ops'], conditions: ['drift'] }]);
    await scene.drift('a1', { staleAfterMs: MINUTE });
    await scene.drift('b1');
    await scene.pass(HOUR);
    expect(scene.said).toEqual(['opened drift a1 / 1']);
  });
});

describe('a clock that was a year ahead', () => {
  beforeEach(() => scene.withoutWaiting());

  test('delays neither what was told then nor what was recorded then', async () => {
    await scene.drift('a');
    await scene.pass(MINUTE);
    scene.skip(365 * DAY);
    const then = { staleAfterMs: 10 * 365 * DAY, lastCheckAt: scene.now - 364.9 * DAY };
    await scene.drift('a', { ...then, files: ['a', 'b'] });
    await scene.drift('c', then);
    await scene.work();
    const told = scene.said.length;
    scene.now -= 365 * DAY;
    await scene.restart();
    scene.skip(3 * HOUR);
    await scene.pass(6 * MINUTE);
    expect(scene.said.slice(told)).toContain('updated drift c / 2');
  });
});

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DeliveryError } from '../../src/notify/channel.ts';
import { DAY, HOUR, MINUTE } from '../fixtures.ts';
import { FakeAlerts, Scene, SECOND } from './scene.ts';

const WITHOUT_WAITING = { forMs: { drift: 0, unknown: 0, stale: 0, never_reported: 0 } };

describe('a channel that refuses a message', () => {
  let scene: Scene;
  const failures = () => scene.counted.filter((outcome) => outcome === 'failed').length;
  beforeEach(async () => {
    scene = new Scene({ route: WITHOUT_WAITING });
    await scene.work();
    scene.ops.failure = new DeliveryError('it answered 503');
    await scene.drift('a');
    await scene.pass(15 * SECOND);
  });
  afterEach(() => scene.close());

  test('is tried again after twice the time, up to five minutes', async () => {
    const at: number[] = [];
    for (let i = 0; i < 12; i++) {
      at.push((await scene.store.nextTryAt('ops')) ?? 0);
      scene.now = at.at(-1) ?? 0;
      await scene.work();
    }
    const pauses = at.slice(1).map((time, i) => (time - (at[i] ?? 0)) / SECOND);
    expect(pauses).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
  });

  test('is not asked before the time that it named', async () => {
    scene.ops.failure = new DeliveryError('it answered 429', { retryAfterMs: 30 * MINUTE });
    await scene.pass(MINUTE);
    const before = failures();
    await scene.drift('b', { repo: 'other' });
    await scene.pass(29 * MINUTE);
    expect(failures()).toBe(before);
    scene.ops.failure = undefined;
    await scene.pass(2 * MINUTE);
    expect(new Set(scene.said)).toEqual(new Set(['opened drift a / 1', 'opened drift b / 1']));
  });

  test('has one message for each cause to catch up, whatever has happened meanwhile', async () => {
    for (const server of ['b', 'c', 'd', 'e']) {
      await scene.drift(server);
      await scene.pass(6 * MINUTE);
    }
    await scene.synced('a');
    await scene.pass(HOUR);
    expect((await scene.store.backlog('ops')).messages).toBe(1);
    scene.ops.failure = undefined;
    await scene.pass(HOUR);
    expect(scene.said).toEqual(['opened drift a / 1', 'updated drift b c d e / 4', 'resolved drift a / 4']);
  });

  test('is named on the pages after three failures, without the reason, until a message arrives', async () => {
    expect(scene.health.problem()).toBeUndefined();
    await scene.pass(MINUTE);
    expect(scene.health.problem()).toMatch(
      /^The channel ops has delivered no messages since 2026-04-21T12:00:15/,
    );
    expect(scene.health.problem()).not.toContain('503');
    scene.ops.failure = undefined;
    await scene.pass(10 * MINUTE);
    expect(scene.health.problem()).toBeUndefined();
    expect(scene.health.isFailing).toBe(false);
  });

  test('with one message that is never accepted does not hold back the others', async () => {
    const { send } = scene.ops;
    scene.ops.failure = undefined;
    scene.ops.send = async (message) => {
      if (message.problems.some(({ target }) => target.server === 'a')) throw new Error('it is poison');
      return send.call(scene.ops, message);
    };
    for (const repo of ['r1', 'r2', 'r3']) await scene.drift('b', { repo });
    await scene.pass(30 * SECOND, SECOND);
    expect(new Set(scene.sent.map(({ repo }) => repo))).toEqual(new Set(['r1', 'r2', 'r3']));
  });

  test("is tried even if this machine's clock was a year ahead when it failed", async () => {
    scene.skip(365 * DAY);
    await scene.pass(MINUTE);
    scene.now -= 365 * DAY;
    scene.ops.failure = undefined;
    await scene.pass(MINUTE);
    expect(scene.said[0]).toBe('opened drift a / 1');
  });

  test('logs only what a channel says about itself: another error may hold a secret', async () => {
    scene.ops.failure = new Error('connect to https://hooks.example/canary failed');
    await scene.pass(MINUTE);
    scene.ops.failure = new DeliveryError('it answered 500', { cause: new Error('canary') });
    await scene.pass(10 * MINUTE);
    const text = JSON.stringify(scene.logged);
    expect(text).toContain('it answered 500');
    expect(text).toContain('internal error: Error');
    expect(text).not.toContain('canary');
  });
});

describe('an alert channel', () => {
  let scene: Scene;
  let alerts: FakeAlerts;
  const servers = (of: FakeAlerts['firing']) => of.map(({ target }) => target.server);
  beforeEach(async () => {
    alerts = new FakeAlerts();
    scene = new Scene({ channel: alerts });
    await scene.work();
  });
  afterEach(() => scene.close());

  test('gets each target once it is due, every minute while it lasts, and for 15 minutes after', async () => {
    await scene.drift('a', { labels: { env: 'lab' } });
    await scene.drift('b');
    await scene.pass(10 * MINUTE - SECOND);
    expect([alerts.told, alerts.firing]).toEqual([0, []]);
    await scene.pass(SECOND);
    expect(servers(alerts.firing)).toEqual(['a', 'b']);
    const told = alerts.told;
    await scene.pass(30 * MINUTE);
    // Once when it begins to work, then every minute.
    expect(alerts.told).toBe(told + 1 + 30);
    await scene.synced('a', { labels: { env: 'prod' } });
    await scene.pass(SECOND);
    expect([servers(alerts.firing), servers(alerts.resolved)]).toEqual([['b'], ['a']]);
    expect(alerts.resolved[0]).toMatchObject({
      labels: { env: 'lab' },
      resolution: { at: expect.any(Number) },
      state: 'SYNCED',
    });
    await scene.pass(14 * MINUTE);
    expect(servers(alerts.resolved)).toEqual(['a']);
    await scene.pass(2 * MINUTE);
    expect([servers(alerts.firing), alerts.resolved]).toEqual([['b'], []]);
  });

  test('gets what is true now, with the labels of before', async () => {
    await scene.drift('a', { labels: { env: 'lab' } });
    await scene.pass(10 * MINUTE);
    await scene.drift('a', { labels: { env: 'prod' }, files: ['a', 'b'] });
    await scene.pass(MINUTE);
    expect(alerts.firing[0]).toMatchObject({ labels: { env: 'lab' }, files: ['a', 'b'] });
  });

  test('gets the same after a restart, including what was over for less than 15 minutes', async () => {
    await scene.drift('a');
    await scene.drift('b');
    await scene.pass(10 * MINUTE);
    await scene.synced('a');
    await scene.work();
    [alerts.firing, alerts.resolved] = [[], []];
    await scene.restart();
    await scene.work();
    expect([servers(alerts.firing), servers(alerts.resolved)]).toEqual([['b'], ['a']]);
  });

  test('is not told what is muted, and keeps what it was told before', async () => {
    await scene.drift('a');
    await scene.pass(10 * MINUTE);
    scene.muted = () => true;
    await scene.drift('b');
    await scene.pass(20 * MINUTE);
    expect(servers(alerts.firing)).toEqual(['a']);
    scene.muted = () => false;
    await scene.pass(2 * MINUTE);
    expect(servers(alerts.firing)).toEqual(['a', 'b']);
  });

  test('gets each incident of a target that flaps, from the sixth on without waiting', async () => {
    for (let i = 0; i < 6; i++) {
      await scene.drift('a');
      await scene.pass(2 * MINUTE);
      if (i < 5) expect(alerts.firing).toEqual([]);
      else expect(servers(alerts.firing)).toEqual(['a']);
      await scene.synced('a');
      await scene.pass(2 * MINUTE);
    }
  });

  test('is tried again with everything when it fails', async () => {
    const { tell } = alerts;
    alerts.tell = () => Promise.reject(new DeliveryError('it does not answer'));
    await scene.drift('a');
    await scene.pass(12 * MINUTE);
    alerts.tell = tell;
    await scene.pass(MINUTE);
    expect(servers(alerts.firing)).toEqual(['a']);
  });
});

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DAY, HOUR, MINUTE } from '../fixtures.ts';
import { Scene, SECOND } from './scene.ts';

let scene: Scene;
beforeEach(async () => {
  scene = new Scene();
  await scene.work();
});
afterEach(() => scene.close());

/** The routes of the default scene, but told without waiting for a drift to last. */
async function withoutWaiting(): Promise<void> {
  await scene.restart({ forMs: { drift: 0, unknown: 0, stale: 0, never_reported: 0 } });
}

describe('when a problem is told', () => {
  test('a drift once it has lasted for ten minutes, and not again', async () => {
    await scene.drift('a');
    await scene.pass(10 * MINUTE - SECOND);
    expect(scene.said).toEqual([]);
    await scene.pass(SECOND);
    expect(scene.said).toEqual(['opened drift a / 1']);
    await scene.pass(HOUR);
    expect(scene.said).toHaveLength(1);
  });

  test('a drift that is over before is told to nobody: the pipeline was converging', async () => {
    await scene.drift('a');
    await scene.pass(9 * MINUTE);
    await scene.synced('a');
    await scene.pass(HOUR);
    expect(scene.said).toEqual([]);
  });

  test('the time runs from the opening, also while the target is UNKNOWN and STALE', async () => {
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
    await withoutWaiting();
    await scene.drift('a', { lastCheckAt: scene.now - HOUR });
    await scene.pass(15 * SECOND - 1);
    expect(scene.said).toEqual([]);
    await scene.pass(1);
    expect(scene.said).toEqual(['opened drift a / 1']);
  });

  test('UNKNOWN after half an hour, also through silence, and resolved by a report alone', async () => {
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

  test('only to whom a route leads', async () => {
    await scene.reroute([{ matchers: { server: ['a*'] }, channels: ['ops'], conditions: ['drift'] }]);
    await scene.drift('a1', { staleAfterMs: MINUTE });
    await scene.drift('b1');
    await scene.pass(HOUR);
    expect(scene.said).toEqual(['opened drift a1 / 1']);
  });
});

describe('what is told together', () => {
  beforeEach(withoutWaiting);

  test('everything with the same cause that is due within fifteen seconds is one message', async () => {
    for (const server of ['a', 'b', 'c']) {
      await scene.drift(server);
      await scene.pass(5 * SECOND);
    }
    await scene.pass(5 * SECOND);
    expect(scene.said).toEqual(['opened drift a b c / 3']);
  });

  test.each([
    ['another repo', { repo: 'other' }],
    ['other files', { files: ['b'] }],
    ['another commit', { commit: 'c2' }],
    ['another cause', { commit: undefined }],
  ])('%s is another cause', async (_, traits) => {
    await scene.synced('a', { commit: 'c1' });
    await scene.synced('b', { commit: 'c1', ...traits });
    await scene.pass(SECOND);
    await scene.drift('a', { commit: 'c1' });
    await scene.drift('b', { commit: 'c1', ...traits });
    await scene.pass(15 * SECOND);
    expect(new Set(scene.said)).toEqual(new Set(['opened drift a / 1', 'opened drift b / 1']));
    expect(new Set(scene.sent.map(({ thread }) => thread)).size).toBe(2);
  });

  test('UNKNOWN for the same kind of error is one message, whatever the error says', async () => {
    const unknown = { syncStatus: 'UNKNOWN' as const, errorKind: 'unreachable' };
    await scene.report(
      { server: 'a', ...unknown, error: 'a does not answer' },
      { server: 'b', ...unknown, error: 'b does not answer' },
      { server: 'c', ...unknown, errorKind: 'timeout' },
    );
    await scene.pass(15 * SECOND);
    expect(new Set(scene.said)).toEqual(new Set(['opened unknown a b / 2', 'opened unknown c / 1']));
  });

  test('later ones are one update in five minutes, in the same thread', async () => {
    await scene.drift('a');
    await scene.pass(MINUTE);
    for (const server of ['b', 'c', 'd']) {
      await scene.drift(server);
      await scene.pass(MINUTE);
    }
    expect(scene.said).toEqual(['opened drift a / 1']);
    await scene.pass(2 * MINUTE);
    await scene.drift('e');
    await scene.pass(4 * MINUTE);
    expect(scene.said.slice(1)).toEqual(['updated drift b c d / 4']);
    await scene.pass(2 * MINUTE);
    expect(scene.said.slice(2)).toEqual(['updated drift e / 5']);
    expect(new Set(scene.sent.map(({ thread }) => thread)).size).toBe(1);
    expect(new Set(scene.sent.map(({ id }) => id)).size).toBe(3);
    expect(scene.sent[0]?.id).toBe(scene.sent[0]?.thread);
  });

  test('new files are an update, and the thread stays: the key is kept until the incident is over', async () => {
    await scene.drift('a');
    await scene.drift('b');
    await scene.pass(MINUTE);
    await scene.drift('a', { files: ['a', 'z'] });
    await scene.pass(5 * MINUTE);
    expect(scene.said).toEqual(['opened drift a b / 2', 'updated drift a / 2']);
    expect(scene.sent[1]?.problems[0]?.files).toEqual(['a', 'z']);
    expect(scene.sent[1]?.thread).toBe(scene.sent[0]?.thread);
    // Fewer files than were told are no news.
    await scene.drift('a', { files: ['z'] });
    await scene.pass(HOUR);
    expect(scene.said).toHaveLength(2);
  });

  test('another cause is an update', async () => {
    await scene.drift('a', { commit: 'c2' });
    await scene.pass(MINUTE);
    expect(scene.sent[0]?.problems[0]?.incident?.cause).toBeUndefined();
    // A SYNCED report of before arrives late: now it is known that the commit is not applied.
    await scene.synced('a', { lastCheckAt: scene.now - HOUR, commit: 'c1' });
    await scene.pass(5 * MINUTE);
    expect(scene.said).toEqual(['opened drift a / 1', 'updated drift a / 1']);
    expect(scene.sent[1]?.problems[0]?.incident?.cause).toBe('commit_not_applied');
  });

  test('resolves are one update in five minutes, and a last one when all are over', async () => {
    for (const server of ['a', 'b', 'c', 'd']) await scene.drift(server);
    await scene.pass(MINUTE);
    await scene.synced('a');
    await scene.pass(10 * SECOND);
    await scene.synced('b');
    await scene.pass(MINUTE);
    expect(scene.said.slice(1)).toEqual(['resolved drift a b / 2']);
    await scene.synced('c');
    await scene.pass(4 * MINUTE);
    expect(scene.said).toHaveLength(2);
    await scene.pass(MINUTE);
    expect(scene.said.slice(2)).toEqual(['resolved drift c / 1']);
    await scene.synced('d');
    await scene.pass(15 * SECOND);
    expect(scene.said.slice(3)).toEqual(['resolved drift d / 0']);
  });

  test('when all are over a thread ends, and what comes then has a thread of its own', async () => {
    await scene.drift('a');
    await scene.pass(MINUTE);
    await scene.synced('a');
    await scene.pass(MINUTE);
    await scene.drift('a');
    await scene.pass(MINUTE);
    expect(scene.said).toEqual(['opened drift a / 1', 'resolved drift a / 0', 'opened drift a / 1']);
    expect(scene.sent[1]?.thread).toBe(scene.sent[0]?.thread);
    expect(scene.sent[2]?.thread).not.toBe(scene.sent[0]?.thread);
  });

  test('a resolve says by which commit, or by hand', async () => {
    for (const server of ['a', 'b', 'c'])
      await scene.drift(server, { commit: server === 'c' ? undefined : 'c1' });
    await scene.pass(MINUTE);
    await scene.synced('a', { commit: 'c2' });
    await scene.synced('b', { commit: 'c1' });
    await scene.synced('c');
    const resolvedAt = scene.now;
    await scene.pass(MINUTE);
    const told = scene.sent.slice(2).flatMap(({ problems }) => problems);
    const byServer = new Map(told.map(({ target, resolution }) => [target.server, resolution]));
    expect(byServer.get('a')).toEqual({ at: resolvedAt, commit: 'c2', by: 'commit' });
    expect(byServer.get('b')).toEqual({ at: resolvedAt, commit: undefined, by: 'hand' });
    expect(byServer.get('c')).toEqual({ at: resolvedAt, commit: undefined, by: undefined });
    expect(told.every(({ state, next }) => state === 'SYNCED' && next === undefined)).toBe(true);
  });
});

describe('a clock that was a year ahead', () => {
  beforeEach(withoutWaiting);

  test('holds up neither what was told then nor what was recorded then', async () => {
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

describe('a silent repo', () => {
  const soon = { staleAfterMs: 10 * MINUTE };

  test('with several targets, all STALE, is one message that names the pipeline', async () => {
    await scene.synced('a', soon);
    await scene.synced('b', soon);
    await scene.store.declareTargets([{ repo: 'rsyslog', server: 'never' }], {});
    await scene.pass(HOUR + 20 * MINUTE);
    expect(scene.said).toEqual(['opened stale a b / 2', 'updated stale never / 3']);
    expect(scene.sent.map(({ about }) => about)).toEqual(['pipeline', 'pipeline']);
    await scene.synced('a');
    await scene.synced('b');
    await scene.synced('never');
    await scene.pass(MINUTE);
    expect(scene.said.slice(2)).toEqual(['resolved stale never a b / 0']);
  });

  test('where another target reports, it is not the pipeline', async () => {
    await scene.synced('a', soon);
    await scene.synced('b', soon);
    await scene.synced('c');
    await scene.pass(20 * MINUTE);
    expect(scene.said).toEqual(['opened stale a b / 2']);
    expect(scene.sent[0]?.about).toBe('group');
  });

  test('with one target alone it is that target', async () => {
    await scene.synced('a', soon);
    await scene.pass(20 * MINUTE);
    expect(scene.sent.map(({ about }) => about)).toEqual(['group']);
  });
});

describe('a target that flaps', () => {
  /** So many incidents of a few minutes each, none of which lasts long enough to be told. */
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

  test('is also told where the sixth is over within seconds', async () => {
    await flap(5);
    await scene.drift('a');
    await scene.work();
    await scene.synced('a');
    await scene.pass(MINUTE);
    expect(scene.said).toEqual(['opened drift a / 1']);
  });

  test('new files are told at once, and those that were told are not told again', async () => {
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

  test('is not resolved while it differs, however long that is', async () => {
    await flap(5);
    await scene.drift('a');
    await scene.pass(9 * DAY, HOUR);
    expect(new Set(scene.said)).toEqual(new Set(['opened drift a / 1', 'repeated drift a / 1']));
    await scene.synced('a');
    await scene.pass(MINUTE);
    expect(scene.said.at(-1)).toBe('resolved drift a / 0');
  });

  test('an incident that was told before has its resolve', async () => {
    await withoutWaiting();
    await flap(6);
    const ofIncidents = scene.sent.filter(({ about }) => about === 'group');
    expect(ofIncidents.filter(({ phase }) => phase === 'opened')).toHaveLength(5);
    expect(ofIncidents.filter(({ phase }) => phase === 'resolved')).toHaveLength(5);
    expect(scene.sent.filter(({ about }) => about === 'flapping').map(({ phase }) => phase)).toEqual([
      'opened',
    ]);
  });
});

describe('what is still open', () => {
  beforeEach(withoutWaiting);

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

  test('is not repeated where somebody works on it, but new files are told', async () => {
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

  test('what is muted is told when the mute ends, where it is still wrong then', async () => {
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

  test('what was told before a mute is not repeated, its news wait, and it is resolved', async () => {
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

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HOUR, MINUTE } from '../fixtures.ts';
import { Scene, SECOND } from './scene.ts';

let scene: Scene;
beforeEach(async () => {
  scene = new Scene();
  await scene.work();
});
afterEach(() => scene.close());

describe('what is told together', () => {
  beforeEach(() => scene.withoutWaiting());

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

  test('later problems are one update in five minutes, in the same thread', async () => {
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
    // An earlier SYNCED report arrives late: now it is known that the commit is not applied.
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

  test('when all are over a thread ends, and later problems have a new thread', async () => {
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

  test('with another target that reports is not the pipeline', async () => {
    await scene.synced('a', soon);
    await scene.synced('b', soon);
    await scene.synced('c');
    await scene.pass(20 * MINUTE);
    expect(scene.said).toEqual(['opened stale a b / 2']);
    expect(scene.sent[0]?.about).toBe('group');
  });

  test('with only one target is that target', async () => {
    await scene.synced('a', soon);
    await scene.pass(20 * MINUTE);
    expect(scene.sent.map(({ about }) => about)).toEqual(['group']);
  });
});

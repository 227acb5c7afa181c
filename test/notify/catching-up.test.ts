import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DAY, HOUR, MINUTE } from '../fixtures.ts';
import { Scene, SECOND } from './scene.ts';

const WITHOUT_WAITING = { forMs: { drift: 0, unknown: 0, stale: 0, never_reported: 0 } };
const A = { repo: 'rsyslog', server: 'a' };

let scene: Scene;
beforeEach(async () => {
  scene = new Scene({ route: WITHOUT_WAITING });
  await scene.work();
});
afterEach(() => scene.close());

describe('nothing that waits is lost at a restart, and nothing is told twice', () => {
  test('while it waits until it is due', async () => {
    await scene.restart({});
    await scene.drift('a');
    await scene.work();
    await scene.restart();
    await scene.pass(10 * MINUTE);
    expect(scene.said).toEqual(['opened drift a / 1']);
    await scene.restart();
    await scene.work();
    expect(scene.said).toHaveLength(1);
  });

  test('while an update, a resolve or a repeat waits', async () => {
    await scene.drift('a');
    await scene.drift('b');
    await scene.pass(MINUTE);
    await scene.drift('c');
    await scene.work();
    await scene.restart();
    await scene.pass(5 * MINUTE);
    expect(scene.said.slice(1)).toEqual(['updated drift c / 3']);
    for (const server of ['a', 'b']) await scene.synced(server);
    await scene.work();
    await scene.restart();
    await scene.pass(MINUTE);
    expect(scene.said.slice(2)).toEqual(['resolved drift a b / 1']);
    await scene.pass(23 * HOUR, HOUR);
    await scene.restart();
    await scene.pass(2 * HOUR, HOUR);
    expect(scene.said.slice(3)).toEqual(['repeated drift c / 1']);
  });

  test('while the channel fails: it is sent with the same id', async () => {
    scene.ops.failure = new Error('it does not answer');
    await scene.drift('a');
    await scene.pass(HOUR);
    const decided = await scene.store.nextMessage('ops', scene.now + DAY);
    await scene.restart();
    scene.ops.failure = undefined;
    await scene.pass(10 * MINUTE);
    expect(scene.said).toEqual(['opened drift a / 1']);
    expect(scene.sent[0]?.id).toBe(decided?.thread.outgoing?.id);
  });

  test('after a crash between sending and storing it is sent once more, with the same id and text', async () => {
    await scene.drift('a');
    await scene.pass(14 * SECOND);
    scene.skip(SECOND);
    await scene.decide();
    const outgoing = await scene.store.nextMessage('ops', scene.now);
    await scene.restart();
    await scene.work();
    expect(scene.sent.map(({ id }) => id)).toEqual([outgoing?.thread.outgoing?.id]);
  });

  test('if the sending of a message cannot be stored, only the storing is tried again', async () => {
    await scene.drift('a');
    await scene.pass(14 * SECOND);
    scene.skip(SECOND);
    await scene.decide();
    const { writeNotifications } = scene.store;
    scene.store.writeNotifications = () => Promise.reject(new Error('the disk is full'));
    await expect(scene.work()).rejects.toThrow('the disk is full');
    scene.store.writeNotifications = writeNotifications;
    await scene.work();
    expect(scene.said).toEqual(['opened drift a / 1']);
  });
});

describe('catching up', () => {
  test('a new channel is told what is open', async () => {
    const other = new Scene({ route: WITHOUT_WAITING });
    await other.drift('a', { lastCheckAt: other.now - DAY });
    await other.synced('b');
    other.skip(DAY);
    await other.work();
    await other.pass(15 * SECOND);
    expect(other.said).toEqual(['opened drift a / 1']);
    await other.close();
  });

  test('a changed route: its additions are told, and what was told is still resolved', async () => {
    await scene.reroute([{ matchers: { server: ['a'] }, channels: ['ops'], ...WITHOUT_WAITING }]);
    await scene.drift('a', { files: ['x'] });
    await scene.drift('b');
    await scene.pass(MINUTE);
    expect(scene.said).toEqual(['opened drift a / 1']);
    await scene.reroute([{ matchers: { server: ['b'] }, channels: ['ops'], ...WITHOUT_WAITING }]);
    await scene.work();
    await scene.pass(MINUTE);
    expect(scene.said.slice(1)).toEqual(['opened drift b / 1']);
    await scene.synced('a');
    await scene.pass(MINUTE);
    expect(scene.said.slice(2)).toEqual(['resolved drift a / 0']);
  });

  test('a log whose events are gone: what is open is told, what is over is resolved', async () => {
    await scene.drift('a');
    await scene.pass(MINUTE);
    await scene.drift('b');
    await scene.synced('a');
    const { last } = await scene.store.eventBounds();
    scene.skip(40 * DAY);
    await scene.synced('elsewhere');
    for await (const _ of scene.store.prune(
      { reportsBefore: 0, historyBefore: 0, eventsBefore: scene.now - DAY, actionsBefore: 0 },
      100,
    ));
    expect((await scene.store.eventBounds()).from).toBeGreaterThan(last);
    await scene.restart();
    await scene.work();
    await scene.pass(10 * MINUTE);
    expect(new Set(scene.said.slice(1))).toEqual(new Set(['updated drift b / 1', 'resolved drift a / 1']));
  });

  test('an incident that a late report ends is not told', async () => {
    await scene.restart({});
    await scene.drift('a');
    await scene.pass(5 * MINUTE);
    // The newest report was SYNCED all along; it arrives after the drift that it ended.
    await scene.synced('a', { lastCheckAt: scene.now });
    await scene.drift('b', { lastCheckAt: scene.now - HOUR });
    await scene.synced('b', { lastCheckAt: scene.now });
    await scene.pass(HOUR);
    expect(scene.said).toEqual([]);
  });

  test('an import of resolved incidents is not told, and an incident that it leaves open is told as opened now', async () => {
    const old = scene.now - 5 * DAY;
    await scene.import(
      { server: 'a', checkedAt: old, syncStatus: 'OUT_OF_SYNC', files: ['x'] },
      { server: 'a', checkedAt: old + DAY },
      { server: 'b', checkedAt: old, syncStatus: 'OUT_OF_SYNC', files: ['x'] },
    );
    await scene.pass(MINUTE);
    expect(scene.said).toEqual(['opened drift b / 1']);
    expect(scene.sent[0]?.problems[0]?.since).toBe(old);
  });

  test('a late report that ends an incident in the middle: the part that is open keeps its thread', async () => {
    await scene.drift('a', { lastCheckAt: scene.now - HOUR });
    await scene.drift('a');
    await scene.pass(MINUTE);
    await scene.synced('a', { lastCheckAt: scene.now - HOUR / 2 });
    await scene.pass(HOUR);
    expect(scene.said).toEqual(['opened drift a / 1']);
    await scene.synced('a');
    await scene.pass(MINUTE);
    expect(scene.said.slice(1)).toEqual(['resolved drift a / 0']);
  });

  test.each([{ purge: false }, { purge: true }])(
    'deleting a target resolves what was told: %j',
    async (how) => {
      await scene.drift('a');
      await scene.drift('b');
      await scene.pass(MINUTE);
      expect(scene.said).toEqual(['opened drift a b / 2']);
      await scene.store.deleteTarget(A, how);
      await scene.pass(HOUR);
      expect(scene.said.slice(1)).toEqual(['resolved drift a / 1']);
    },
  );

  test('untold problems of a deleted target are never told', async () => {
    await scene.drift('a');
    await scene.pass(5 * SECOND);
    await scene.store.deleteTarget(A, { purge: true });
    await scene.pass(HOUR);
    expect(scene.said).toEqual([]);
  });

  test('a renamed target keeps its incident and its thread', async () => {
    await scene.drift('a');
    await scene.pass(MINUTE);
    await scene.store.renameTarget({ from: A, to: { repo: 'syslog', server: 'new' } }, {});
    await scene.pass(HOUR);
    expect(scene.said).toEqual(['opened drift a / 1']);
    await scene.drift('new', { repo: 'syslog', files: ['a', 'b'] });
    await scene.synced('new', { repo: 'syslog', lastCheckAt: scene.now + 1 });
    await scene.pass(MINUTE);
    expect(scene.said.slice(1)).toEqual(['resolved drift a / 0']);
    expect(scene.sent[1]?.thread).toBe(scene.sent[0]?.thread);
  });

  test('labels stay as they were when it was told', async () => {
    await scene.drift('a', { labels: { env: 'lab' } });
    await scene.pass(MINUTE);
    await scene.drift('a', { labels: { env: 'prod' }, files: ['a', 'b'] });
    await scene.pass(5 * MINUTE);
    await scene.synced('a');
    await scene.pass(MINUTE);
    expect(scene.sent.map(({ problems }) => problems[0]?.labels)).toEqual([
      { env: 'lab' },
      { env: 'lab' },
      { env: 'lab' },
    ]);
  });

  test('after a restore nothing that was told before the backup is told again', async () => {
    await scene.drift('a');
    await scene.drift('other', { repo: 'other' });
    await scene.pass(MINUTE);
    expect(scene.said).toHaveLength(2);
    const backup = await scene.backup();
    await scene.synced('a');
    await scene.pass(MINUTE);
    await scene.restoreFrom(backup);
    await scene.work();
    await scene.pass(HOUR);
    expect(scene.said).toHaveLength(3);
    await scene.synced('a');
    await scene.drift('new', { repo: 'new' });
    await scene.pass(HOUR);
    // Its resolve had not been told before the backup, so that database does not know it.
    expect(new Set(scene.said.slice(3))).toEqual(new Set(['resolved drift a / 0', 'opened drift new / 1']));
  });

  test("silence is not told while reports from the server's downtime may still arrive", async () => {
    await scene.synced('a', { staleAfterMs: 10 * MINUTE });
    await scene.pass(5 * MINUTE);
    scene.skip(HOUR);
    await scene.restart(undefined, { quietMs: 75 * SECOND });
    await scene.pass(50 * SECOND, 10 * SECOND);
    await scene.synced('a');
    await scene.pass(5 * MINUTE);
    expect(scene.said).toEqual([]);
  });
});

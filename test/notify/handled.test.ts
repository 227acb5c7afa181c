import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DAY, HOUR, MINUTE } from '../fixtures.ts';
import { Scene } from './scene.ts';

const KIM = { actor: { name: 'kim', verified: true } };

let scene: Scene;
beforeEach(async () => {
  scene = new Scene({ route: { forMs: { drift: 0, stale: 0 } } });
  await scene.work();
});
afterEach(() => scene.close());

const mute = (matchers: object, endsInMs: number) =>
  scene.store.addMute(
    { matchers, reason: 'a trial', startsAt: scene.now, endsAt: scene.now + endsInMs, untilInSync: false },
    KIM,
  );

const incidentOf = async (server: string) => {
  const [status] = await scene.store.summaries({ servers: [server] });
  return status?.incident?.id ?? 0;
};

describe('a mute in the store', () => {
  test('silences what it matches and nothing else, until it ends', async () => {
    await mute({ server: ['a'] }, HOUR);
    await scene.drift('a');
    await scene.drift('b');
    await scene.pass(50 * MINUTE);
    expect(scene.said).toEqual(['opened drift b / 1']);
    await scene.pass(20 * MINUTE);
    expect(scene.said.slice(1)).toEqual(['updated drift a / 2']);
  });

  test('holds back both problems of a target at once, and each is told when it ends', async () => {
    await scene.drift('a');
    await mute({ server: ['a'] }, HOUR);
    await scene.report({ server: 'a', syncStatus: 'UNKNOWN', errorKind: 'unreachable' });
    await scene.pass(50 * MINUTE);
    expect(scene.said).toEqual([]);
    await scene.pass(20 * MINUTE);
    expect(new Set(scene.said)).toEqual(new Set(['opened drift a / 1', 'opened unknown a / 1']));
  });

  test('by file does not silence a target that falls silent', async () => {
    await mute({ file: ['a'] }, DAY);
    await scene.drift('a', { staleAfterMs: 10 * MINUTE });
    await scene.pass(9 * MINUTE);
    expect(scene.said).toEqual([]);
    await scene.pass(10 * MINUTE);
    expect(scene.said).toEqual(['opened stale a / 1']);
  });

  test('does not hold back the end of a problem that was told before', async () => {
    await scene.drift('a');
    await scene.pass(MINUTE);
    await mute({ server: ['a'] }, DAY);
    await scene.synced('a');
    await scene.pass(10 * MINUTE);
    expect(scene.said).toEqual(['opened drift a / 1', 'resolved drift a / 0']);
  });
});

describe('an acknowledgement in the store', () => {
  test('ends the repeats of its incident, and is named', async () => {
    await scene.drift('a');
    await scene.pass(MINUTE);
    await scene.store.acknowledge(await incidentOf('a'), 'on it', KIM);
    await scene.pass(2 * DAY, HOUR);
    expect(scene.said).toEqual(['opened drift a / 1']);
    await scene.drift('a', { files: ['a', 'b'] });
    await scene.pass(MINUTE);
    expect(scene.sent[1]?.problems[0]?.acknowledgedBy).toBe('kim');
  });

  test('of one incident has no effect on the next', async () => {
    await scene.drift('a');
    await scene.pass(MINUTE);
    await scene.store.acknowledge(await incidentOf('a'), 'on it', KIM);
    await scene.synced('a');
    await scene.pass(HOUR);
    await scene.drift('a');
    await scene.pass(DAY + HOUR, HOUR);
    expect(scene.said.map((text) => text.split(' ')[0])).toEqual([
      'opened',
      'resolved',
      'opened',
      'repeated',
    ]);
  });
});

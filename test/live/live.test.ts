import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Standing } from '../../src/domain/standing.ts';
import { announcingStore } from '../../src/live/announce.ts';
import { createLive, type Live } from '../../src/live/live.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { aReport, HOUR, MINUTE, NOON } from '../fixtures.ts';
import { Ear, settled } from './heard.ts';

const SECOND = 1000;

/** A store in memory with somebody to tell, and a clock that moves with the timers. */
class House {
  now = NOON;
  standingsAsked = 0;
  readonly store = openSqliteStore({ path: ':memory:', version: '0.0.0-test' });
  readonly live: Live;
  /** What has to be over before the standings are read, and before they are told. */
  heldBefore: Promise<void> = Promise.resolve();
  heldAfter: Promise<void> = Promise.resolve();

  constructor() {
    const standings = async (): Promise<readonly Standing[]> => {
      this.standingsAsked++;
      await this.heldBefore;
      const standings = await this.store.standings();
      await this.heldAfter;
      return standings;
    };
    this.live = createLive({ store: { standings }, clock: () => this.now });
  }

  async report(...traits: NonNullable<Parameters<typeof aReport>[0]>[]): Promise<void> {
    const reports = traits.map((one) => aReport({ checkedAt: this.now, ...one }));
    this.live.recorded(reports, await this.store.record(reports));
    await settled();
  }

  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += SECOND) {
      this.now += SECOND;
      vi.advanceTimersByTime(SECOND);
      await settled();
    }
  }
}

let house: House;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  house = new House();
});
afterEach(() => {
  house.live.close();
  vi.useRealTimers();
});

const drift = { syncStatus: 'OUT_OF_SYNC', files: ['a'] } as const;

describe('whoever listens', () => {
  test('is first told to ask for everything, then of every change, and of nothing else', async () => {
    await house.report({});
    const ear = await Ear.listen(house.live);
    await house.pass(MINUTE);
    await house.report({});
    await house.pass(MINUTE);
    await house.report(drift);
    const kinds = ear.kinds.filter((kind) => kind !== 'heartbeat');
    expect(kinds).toEqual(['reset', 'state', 'incident_opened']);
    expect(ear.events[0]?.what).toMatchObject({ state: 'OUT_OF_SYNC', since: house.now });
  });

  test('hears of silence, which nobody reports, within a second or so', async () => {
    await house.report({ server: 'soon', staleAfterMs: MINUTE }, { server: 'late', staleAfterMs: HOUR });
    const ear = await Ear.listen(house.live);
    await house.pass(MINUTE - SECOND);
    expect(ear.events).toEqual([]);
    await house.pass(2 * SECOND);
    expect(ear.events).toMatchObject([{ what: { target: { server: 'soon' }, state: 'STALE' } }]);
    await house.report({ server: 'new', staleAfterMs: 10 * SECOND });
    await house.pass(11 * SECOND);
    expect(ear.events.slice(1)).toMatchObject([
      { what: { target: { server: 'new' }, state: 'SYNCED', previousState: undefined } },
      { what: { target: { server: 'new' }, state: 'STALE' } },
    ]);
    await house.pass(HOUR);
    expect(ear.events.slice(3)).toMatchObject([{ what: { target: { server: 'late' }, state: 'STALE' } }]);
  });

  test('hears only of the targets that are meant', async () => {
    const ear = await Ear.listen(house.live, { repos: ['web', 'db'], servers: ['a'] });
    await house.report(
      { repo: 'web', server: 'a' },
      { repo: 'web', server: 'b' },
      { repo: 'mail', server: 'a' },
    );
    expect(ear.events).toMatchObject([{ what: { target: { repo: 'web', server: 'a' } } }]);
  });

  test('hears of a target that is forgotten, and of its silence no more', async () => {
    await house.report({ staleAfterMs: MINUTE });
    const ear = await Ear.listen(house.live);
    const target = { repo: 'rsyslog', server: 'rsyslog-lab' };
    const store = announcingStore(house.store, house.live);
    expect([await store.forget(target), await store.forget(target)]).toEqual([true, false]);
    await house.pass(HOUR);
    expect(ear.events).toMatchObject([{ what: { kind: 'forgotten', target } }]);
  });

  test.each([
    ['heldBefore', 'is among them already'],
    ['heldAfter', 'is not among them yet'],
  ] as const)(
    'loses nothing of what is recorded while the standings are on their way: %s, it %s',
    async (held, _) => {
      await house.report({});
      let open = () => {};
      house[held] = new Promise((resolve) => {
        open = resolve;
      });
      const listening = Ear.listen(house.live);
      await house.pass(MINUTE);
      await house.report(drift);
      open();
      const ear = await listening;
      // It was before the reset: whoever asks for everything after that is told of it.
      expect(ear.kinds).toEqual(['reset']);
      await house.pass(MINUTE);
      await house.report({});
      expect(ear.kinds.slice(1).filter((kind) => kind !== 'heartbeat')).toEqual([
        'state',
        'incident_resolved',
      ]);
    },
  );

  test('hears something at least every 15 seconds', async () => {
    const ear = await Ear.listen(house.live);
    await house.pass(MINUTE);
    expect(ear.kinds).toEqual(['reset', 'heartbeat', 'heartbeat', 'heartbeat', 'heartbeat']);
  });
});

describe('whoever comes back', () => {
  test('is told what it missed, in order, and no more', async () => {
    const ear = await Ear.listen(house.live);
    await house.report(drift);
    ear.leave();
    await house.pass(MINUTE);
    await house.report({});
    await house.report({ server: 'other' });
    const back = await Ear.listen(house.live, {}, ear.lastId);
    expect(back.kinds).toEqual(['state', 'incident_resolved', 'state']);
    expect((await Ear.listen(house.live, {}, back.lastId)).kinds).toEqual([]);
    const filtered = await Ear.listen(house.live, { servers: ['other'] }, ear.lastId);
    expect(filtered.kinds).toEqual(['state']);
  });

  test('after more than is remembered is told to ask for everything', async () => {
    const ear = await Ear.listen(house.live);
    const id = ear.lastId;
    const targets = (count: number) => Array.from({ length: count }, (_, i) => ({ server: `s${i}` }));
    await house.report(...targets(1000));
    expect((await Ear.listen(house.live, {}, id)).kinds).toHaveLength(1000);
    await house.report(...targets(2000).slice(1000));
    expect((await Ear.listen(house.live, {}, id)).kinds).toEqual(['reset']);
  });

  test.each([[''], ['nonsense'], ['cafe-0'], ['-1'], ['__proto__-1']])(
    'with the id %j, which is none of this round, is told to ask for everything',
    async (id) => {
      await house.report({});
      expect((await Ear.listen(house.live, {}, id)).kinds).toEqual(['reset']);
    },
  );

  test('with an id yet to come is told to ask for everything', async () => {
    const [round] = (await Ear.listen(house.live)).lastId.split('-');
    expect((await Ear.listen(house.live, {}, `${round}-7`)).kinds).toEqual(['reset']);
  });

  test('after nobody had listened for long is told to ask for everything', async () => {
    const ear = await Ear.listen(house.live);
    ear.leave();
    await house.pass(4 * MINUTE);
    expect((await Ear.listen(house.live, {}, ear.lastId)).kinds).toEqual([]);
    expect(house.standingsAsked).toBe(1);
  });
});

describe('what it costs', () => {
  test('is nothing while nobody listens, and nothing again some minutes after the last one left', async () => {
    await house.report({ staleAfterMs: MINUTE });
    await house.pass(HOUR);
    expect([house.standingsAsked, vi.getTimerCount()]).toEqual([0, 0]);
    const ear = await Ear.listen(house.live);
    expect([house.standingsAsked, vi.getTimerCount()]).toEqual([1, 1]);
    ear.leave();
    await house.pass(6 * MINUTE);
    expect(vi.getTimerCount()).toBe(0);
    expect((await Ear.listen(house.live, {}, ear.lastId)).kinds).toEqual(['reset']);
  });

  test('is bounded for one who takes nothing: first all that waits is one reset, then the end', async () => {
    const taking = (await house.live.listen({}))[Symbol.asyncIterator]();
    const first = (await taking.next()).value;
    await house.report(...Array.from({ length: 1500 }, (_, i) => ({ server: `s${i}` })));
    const [second, third] = [(await taking.next()).value, (await taking.next()).value];
    expect([first?.kind, second?.kind, third?.kind]).toEqual(['reset', 'reset', 'event']);
    expect(third).toMatchObject({ event: { what: { target: { server: 's1001' } } } });
    await house.pass(MINUTE);
    expect(await taking.next()).toMatchObject({ done: true });
  });

  test('is bounded in listeners: one too many is told to come again', async () => {
    const all = await Promise.all(Array.from({ length: 1000 }, () => house.live.listen({})));
    await expect(house.live.listen({})).rejects.toMatchObject({ code: 'overloaded' });
    all[0]?.end();
    await expect(house.live.listen({})).resolves.toBeDefined();
  });
});

test('a store that cannot answer is asked again by the next one who listens', async () => {
  house.heldAfter = Promise.reject(new Error('not now'));
  await expect(house.live.listen({})).rejects.toThrow('not now');
  house.heldAfter = Promise.resolve();
  expect((await Ear.listen(house.live)).kinds).toEqual(['reset']);
});

test('closed, it lets go of everybody and takes nobody more', async () => {
  const ear = await Ear.listen(house.live);
  house.live.close();
  await settled();
  expect([ear.isOver, vi.getTimerCount()]).toEqual([true, 0]);
  await expect(house.live.listen({})).rejects.toMatchObject({ code: 'overloaded' });
});

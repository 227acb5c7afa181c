import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Report } from '../../src/domain/report.ts';
import { type Changed, Changes } from '../../src/store/sqlite/changes.ts';
import { type Database, openDatabase } from '../../src/store/sqlite/open.ts';
import { Recording } from '../../src/store/sqlite/recording.ts';
import { Statuses } from '../../src/store/sqlite/statuses.ts';
import { aReport, MINUTE, NOON } from '../fixtures.ts';

let db: Database;
let changes: Changes;
let record: (...reports: Report[]) => void;
beforeEach(() => {
  db = openDatabase({ path: ':memory:', version: '0.0.0-test' });
  changes = new Changes(db.$client);
  const recording = new Recording(db);
  record = (...reports) => changes.recorded(reports, recording.recordAll(reports));
});
afterEach(() => {
  db.$client.close();
});

const serversOf = (changed: Changed) =>
  changed === 'anything' ? changed : changed.map(({ server }) => server);

describe('what has changed', () => {
  test('is anything at first, then what was recorded or forgotten, once to each who asks', () => {
    const [one, another] = [changes.follow(), changes.follow()];
    expect(one()).toBe('anything');
    record(aReport({ server: 'a' }), aReport({ server: 'b' }), aReport({ server: 'a', checkedAt: NOON + 1 }));
    expect(serversOf(one())).toEqual(['a', 'b']);
    expect(one()).toEqual([]);
    changes.forgotten({ repo: 'rsyslog', server: 'b' });
    expect(serversOf(one())).toEqual(['b']);
    expect(another()).toBe('anything');
    expect(another()).toEqual([]);
  });

  test('is nothing where a report was a duplicate', () => {
    const tell = changes.follow();
    record(aReport());
    tell();
    record(aReport());
    expect(tell()).toEqual([]);
  });

  test('is anything once it would be more than anybody can use', () => {
    const tell = changes.follow();
    tell();
    const outcome = anOutcome();
    for (let i = 0; i < 60_000; i++) changes.recorded([aReport({ server: `s${i}` })], [outcome]);
    expect(tell()).toBe('anything');
    expect(tell()).toEqual([]);
  });

  const anOutcome = () => {
    const [outcome] = new Recording(db).recordAll([aReport()]);
    if (outcome === undefined) throw new Error('Each report has an outcome.');
    return outcome;
  };
});

describe('the statuses that are kept', () => {
  test('do not lose what changed where reading it fails', async () => {
    const statuses = new Statuses(db, changes.follow());
    record(aReport({ server: 'a' }), aReport({ server: 'b' }));
    await statuses.read();
    record(aReport({ server: 'a', checkedAt: NOON + MINUTE }));
    vi.spyOn(db.$client, 'transaction').mockImplementationOnce(() => {
      throw new Error('disk I/O error');
    });
    await expect(statuses.read()).rejects.toThrow('disk I/O error');
    record(aReport({ server: 'b', checkedAt: NOON + 2 * MINUTE }));
    expect(await statuses.read()).toMatchObject([
      { checkedAt: NOON + MINUTE },
      { checkedAt: NOON + 2 * MINUTE },
    ]);
  });

  test('do not lose what was taken on its way to them', async () => {
    const tell = changes.follow();
    let isLost = false;
    const statuses = new Statuses(db, async () => {
      const told = tell();
      if (isLost) throw new Error('gone');
      return told;
    });
    record(aReport());
    await statuses.read();
    record(aReport({ checkedAt: NOON + MINUTE }));
    isLost = true;
    await expect(statuses.read()).rejects.toThrow('gone');
    isLost = false;
    expect(await statuses.read()).toMatchObject([{ checkedAt: NOON + MINUTE }]);
  });

  test('ask again for who asks while an answer is on its way: it may be from before', async () => {
    const tell = changes.follow();
    const answers: (() => void)[] = [];
    const statuses = new Statuses(db, async () => {
      const told = tell();
      await new Promise<void>((resolve) => answers.push(resolve));
      return told;
    });
    const answer = async (i: number) => {
      await expect.poll(() => answers.length).toBe(i + 1);
      answers[i]?.();
    };
    const first = statuses.read();
    await answer(0);
    await first;
    const early = statuses.read();
    await expect.poll(() => answers.length).toBe(2);
    record(aReport());
    const [late, later] = [statuses.read(), statuses.read()];
    await answer(1);
    expect(await early).toEqual([]);
    await answer(2);
    expect(await late).toHaveLength(1);
    expect(await later).toHaveLength(1);
  });
});

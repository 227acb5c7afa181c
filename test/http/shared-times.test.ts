import { beforeEach, describe, expect, test } from 'vitest';
import type { StateHistory } from '../../src/domain/questions/reader.ts';
import { targetKey } from '../../src/domain/target.ts';
import { SharedTimes } from '../../src/http/shared-times.ts';
import { DAY, HOUR, MINUTE, NOON } from '../fixtures.ts';

const GONE = { repo: 'r', server: 'gone' };
const ASKED = { spanMs: DAY, slices: 24 };

/** A store of one target with this many periods. */
class FakeStore {
  reads = 0;
  written = 0;
  readonly #periods: number;

  constructor(periods: number) {
    this.#periods = periods;
  }

  version(): string {
    return String(this.written);
  }

  async stateHistories(_: object, __: object, take: (history: StateHistory) => void): Promise<void> {
    this.reads++;
    const periods = Array.from({ length: this.#periods }, (_, i) => ({
      startedAt: NOON - HOUR + i,
      staleAt: NOON + HOUR,
      finding: { syncStatus: 'SYNCED' as const },
    }));
    const target = { repo: 'r', server: 's' };
    take({ target, labels: {}, declaredAt: undefined, deletedAt: undefined, periods, incidents: [] });
    take({ target: GONE, labels: {}, declaredAt: undefined, deletedAt: NOON, periods, incidents: [] });
  }
}

describe('how long the fleet was in each state', () => {
  let store: FakeStore;
  let times: SharedTimes;
  const start = (periods: number) => {
    store = new FakeStore(periods);
    times = new SharedTimes(store);
  };
  const endOf = async (now: number) => (await times.until(now, ASKED)).range.to;

  beforeEach(() => start(3));

  test('is read once for all requests within a minute while nothing is recorded', async () => {
    expect([await endOf(NOON), await endOf(NOON + MINUTE - 1)]).toEqual([NOON, NOON]);
    expect(store.reads).toBe(1);
    expect(await endOf(NOON + MINUTE)).toBe(NOON + MINUTE);
  });

  test('leaves out deleted targets', async () => {
    const { byTarget } = await times.until(NOON, ASKED);
    expect([...byTarget.keys()]).toEqual([targetKey({ repo: 'r', server: 's' })]);
  });

  test('is read again as soon as anything was recorded', async () => {
    await endOf(NOON);
    store.written++;
    expect(await endOf(NOON + 1)).toBe(NOON + 1);
  });

  test('is reused for a minute if the history is long, whatever is recorded', async () => {
    start(20_000);
    await endOf(NOON);
    store.written++;
    expect(await endOf(NOON + MINUTE - 1)).toBe(NOON);
    expect(await endOf(NOON + MINUTE)).toBe(NOON + MINUTE);
    expect(store.reads).toBe(2);
  });

  test('is not that of a future time after the clock was turned back', async () => {
    start(20_000);
    await endOf(NOON);
    expect(await endOf(NOON - 1)).toBe(NOON - 1);
  });
});

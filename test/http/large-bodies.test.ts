import { describe, expect, test, vi } from 'vitest';
import { DomainError } from '../../src/domain/errors.ts';
import { checkReport } from '../../src/http/schemas/check-report.ts';
import { readReports } from '../../src/http/schemas/report-bodies.ts';
import { aBody, aDrift } from './service.ts';

const STALE = { staleAfterMs: 1000 };
const reading = () => {
  const turn = vi.fn(async () => undefined);
  return { ...STALE, turn };
};

async function refusalOf(text: string): Promise<DomainError> {
  const refused = await readReports(text, reading()).catch((error: unknown) => error);
  if (refused instanceof DomainError) return refused;
  throw new Error('It was not refused.');
}

/** A list that counts how many of its entries are looked at. */
function counted(length: number, entry: unknown) {
  const looks = { count: 0 };
  const list = new Proxy(new Array(length), {
    get(target, key) {
      if (typeof key !== 'string' || !/^\d+$/.test(key)) return Reflect.get(target, key);
      looks.count++;
      return entry;
    },
  });
  return { list, looks };
}

describe('a report with half a million faults', () => {
  test.each([500_000, 10_000])('in its %i files has few of them looked at and noted', (length) => {
    const { list, looks } = counted(length, 0);
    const checked = checkReport(aBody({ sync_status: 'OUT_OF_SYNC', files: list }));
    if (!('faults' in checked)) throw new Error('It was taken.');
    expect(checked.faults.length).toBeGreaterThan(0);
    expect(checked.faults.length).toBeLessThanOrEqual(100);
    expect(looks.count).toBeLessThan(1000);
  });

  test('in its labels has few of them noted', () => {
    const labels = Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`L${i}`, 0]));
    const checked = checkReport(aBody({ labels }));
    expect('faults' in checked && checked.faults.length).toBeLessThan(50);
  });

  test('says which file is the hundredth', () => {
    const files = Array.from({ length: 400 }, (_, i) => (i % 2 === 0 ? { name: 'a' } : { name: '' }));
    const checked = checkReport(aBody({ sync_status: 'OUT_OF_SYNC', files }));
    if (!('faults' in checked)) throw new Error('It was taken.');
    expect(checked.faults.map(({ pointer }) => pointer)).toEqual(
      Array.from({ length: 100 }, (_, i) => `/files/${2 * i + 1}/name`),
    );
  });
});

describe('an array', () => {
  const zeros = `{"files":[${'0,'.repeat(10_000)}0]}`;

  test('of 400 reports with ten thousand faults each is read no further than a hundred faults', async () => {
    const parse = vi.spyOn(JSON, 'parse');
    try {
      const refused = await refusalOf(`[${Array(400).fill(zeros).join(',')}]`);
      expect(refused.fieldErrors).toHaveLength(100);
      // Each has five: the missing fields, and its files.
      expect(parse.mock.calls.length).toBeLessThan(30);
    } finally {
      parse.mockRestore();
    }
  });

  test('of more than a thousand reports is not parsed', async () => {
    const parse = vi.spyOn(JSON, 'parse');
    try {
      const refused = await refusalOf(`[${'{},'.repeat(1_000_000)}{}]`);
      expect(refused.message).toContain('at most 1000 reports');
      expect(parse).not.toHaveBeenCalled();
    } finally {
      parse.mockRestore();
    }
  });

  test('gets a pointer to each of its reports', async () => {
    const refused = await refusalOf(JSON.stringify([aBody(), aBody({ repo: '' }), 7, aBody({ a: 1 }), null]));
    expect(refused.fieldErrors.map(({ pointer }) => pointer)).toEqual(['/1/repo', '/2', '/4']);
  });

  test('that is almost JSON gets the place of its mistake', async () => {
    const [first, second] = [JSON.stringify(aBody()), '{"repo": "a",}'];
    await expect(readReports(`[${first},${second}]`, reading())).rejects.toThrow(
      new RegExp(`not JSON: .*position ${first.length + 15}$`),
    );
  });
});

describe('while a body is read, the event loop has a turn', () => {
  const report = (kib: number, server: string) => aBody({ server, note: 'x'.repeat(kib * 1024) });
  const turnsFor = async (body: unknown) => {
    const options = reading();
    const { reports } = await readReports(JSON.stringify(body), options);
    return { turns: options.turn.mock.calls.length, reports: reports.length };
  };

  test('never for a small one', async () => {
    expect(await turnsFor(aBody())).toEqual({ turns: 0, reports: 1 });
    expect(await turnsFor([report(20, 'a'), report(20, 'b'), report(20, 'c')])).toEqual({
      turns: 0,
      reports: 3,
    });
  });

  test('for each 64 KiB of small reports at least once', async () => {
    const body = Array.from({ length: 800 }, (_, i) => report(10, `s${i}`));
    const { turns, reports } = await turnsFor(body);
    expect(reports).toBe(800);
    expect(turns).toBeGreaterThanOrEqual((800 * 10) / 64 - 1);
  });

  test('between all steps on a large report', async () => {
    expect((await turnsFor(report(1000, 'a'))).turns).toBeGreaterThanOrEqual(3);
    const small = Array.from({ length: 500 }, (_, i) => report(0, `s${i}`));
    expect(
      (await turnsFor([...small, report(4000, 'a'), ...small.slice(0, 400)])).turns,
    ).toBeGreaterThanOrEqual(3);
    const files = Array.from({ length: 10_000 }, (_, i) => `file-${i}`);
    expect((await turnsFor([aDrift(files), aDrift(files, { server: 'b' })])).turns).toBeGreaterThanOrEqual(6);
  });
});

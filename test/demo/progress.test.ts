import { describe, expect, test } from 'vitest';
import { inOrder } from '../../src/demo/in-order.ts';
import { Progress } from '../../src/demo/progress.ts';

/** Tells what is written while groups of ten reports take so many milliseconds each. */
function told(groupMs: number, groups: number, end: (progress: Progress) => void) {
  let now = 0;
  const lines: { at: number; line: string }[] = [];
  const work = { targets: 7, days: 2, from: 1000, to: 2000 };
  const write = (line: string) => lines.push({ at: now, line });
  const progress = new Progress(work, { clock: () => now, write });
  for (let i = 1; i <= groups; i++) {
    now += groupMs;
    progress.recorded(10, 1000 + 10 * i);
  }
  end(progress);
  return lines;
}

describe('the progress of a demo', () => {
  test('says first how long all will take, and ends at 100 %', () => {
    const lines = told(100, 100, (progress) => progress.done()).map(({ line }) => line);
    expect(lines[0]).toBe('demo: filling in 2 days of 7 targets, which takes about 10 s\n');
    expect(lines[1]).toBe('demo: 15 %, about 9 s to go\n');
    expect(lines.at(-1)).toBe('demo: 100 %: 1000 reports of 7 targets recorded in 10.0 s\n');
  });

  test.each([1, 30, 100, 900, 1900])(
    'where a group takes %d ms, something is told every two seconds',
    (groupMs) => {
      const lines = told(groupMs, 100, (progress) => progress.done());
      const gaps = lines.map(({ at }, i) => at - (lines[i - 1]?.at ?? 0));
      expect(Math.max(...gaps)).toBeLessThanOrEqual(2000);
    },
  );

  test('never says 100 % before the end, and says nothing twice where it is short', () => {
    const lines = told(1, 100, (progress) => progress.done()).map(({ line }) => line);
    expect(lines).toEqual([
      expect.stringMatching(/^demo: filling in 2 days of 7 targets, which takes about 1 s\n$/),
      'demo: 100 %: 1000 reports of 7 targets recorded in 0.1 s\n',
    ]);
  });

  test.each([
    [undefined, 'removed again'],
    ['a.db', 'left in a.db; no demo continues that file'],
  ])('that is interrupted says how far it came, and what becomes of it: %s', (kept, words) => {
    const lines = told(100, 43, (progress) => progress.interrupted(kept));
    expect(lines.at(-1)?.line).toBe(
      `demo: interrupted at 43 %: 430 reports were recorded, and are ${words}\n`,
    );
  });
});

describe('streams in order', () => {
  test.each([0, 1, 2, 3, 10, 101])('%d of them are one in order, without loss', (count) => {
    const streams = Array.from({ length: count }, (_, i) =>
      Array.from({ length: (i * 7) % 5 }, (__, j) => ((i * 37) % 11) + j * ((i % 3) + 1)),
    );
    const merged = [
      ...inOrder(
        streams.map((one) => one.values()),
        (at) => at,
      ),
    ];
    expect(merged).toEqual(streams.flat().sort((a, b) => a - b));
  });
});

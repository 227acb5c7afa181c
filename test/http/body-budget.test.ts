import { describe, expect, test } from 'vitest';
import { createBodyBudget } from '../../src/http/bodies/body-budget.ts';

const KIB = 1024;

function scene(maxKib: number) {
  const clock = { now: 0 };
  const budget = createBodyBudget({ maxBytes: maxKib * KIB, now: () => clock.now });
  const givenUp: string[] = [];
  const open = (name: string) => budget.open(() => givenUp.push(name));
  return { clock, budget, givenUp, open };
}

describe('bodies that arrive', () => {
  test('are given up if they are too much together: the slowest first', () => {
    const { clock, budget, givenUp, open } = scene(1000);
    const slow = open('slow');
    slow.add(100 * KIB);
    clock.now = 60_000;
    const [fast, faster] = [open('fast'), open('faster')];
    fast.add(400 * KIB);
    clock.now = 61_000;
    faster.add(500 * KIB);
    expect(givenUp).toEqual([]);
    faster.add(1);
    expect(givenUp).toEqual(['slow']);
    expect([slow.isGivenUp, fast.isGivenUp, faster.isGivenUp]).toEqual([true, false, false]);
    expect(budget.bytes).toBe(900 * KIB + 1);
  });

  test('never hold more than the limit, however many lack a byte', () => {
    const { budget, givenUp, open } = scene(64 * KIB);
    for (let i = 0; i < 200; i++) {
      const share = open(`${i}`);
      for (let chunk = 0; chunk < 128 && !share.isGivenUp; chunk++) {
        share.add(64 * KIB);
        expect(budget.bytes).toBeLessThanOrEqual(64 * KIB * KIB);
      }
    }
    expect(givenUp.length).toBeGreaterThanOrEqual(192);
  });

  test('of up to 64 KiB always have room, and take none from others', () => {
    const { budget, givenUp, open } = scene(100);
    const large = open('large');
    large.add(100 * KIB);
    const small = Array.from({ length: 1000 }, (_, i) => open(`small ${i}`));
    for (const share of small) for (let i = 0; i < 64; i++) share.add(KIB);
    expect(givenUp).toEqual([]);
    expect(budget.bytes).toBe(100 * KIB);
    small[0]?.add(1);
    expect(givenUp).toHaveLength(1);
  });

  test('hold their room until they are answered, but are not given up once they are whole', () => {
    const { budget, givenUp, open } = scene(100);
    const whole = open('whole');
    whole.add(90 * KIB);
    whole.arrived();
    const next = open('next');
    next.add(80 * KIB);
    expect(givenUp).toEqual(['next']);
    expect(budget.bytes).toBe(90 * KIB);
    whole.release();
    next.release();
    expect(budget.bytes).toBe(0);
    const later = open('later');
    later.add(100 * KIB);
    expect(givenUp).toEqual(['next']);
  });
});

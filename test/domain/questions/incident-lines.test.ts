import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CAUSES } from '../../../src/domain/incident.ts';
import {
  flappingTargets,
  incidentLines,
  openedPerDay,
} from '../../../src/domain/questions/incident-lines.ts';
import { targetKey } from '../../../src/domain/target.ts';
import { DAY, HOUR, NOON } from '../../fixtures.ts';

const LAB = { repo: 'rsyslog', server: 'lab' };
const PROD = { repo: 'rsyslog', server: 'prod' };

const incident = fc.record({
  target: fc.constantFrom(LAB, PROD, { repo: 'nginx', server: 'lab' }),
  cause: fc.constantFrom(undefined, ...CAUSES),
  openedAt: fc.integer({ min: NOON - 40 * DAY, max: NOON }),
  resolvedAt: fc.option(fc.constant(NOON), { nil: undefined }),
});
const incidents = fc.array(incident, { maxLength: 40 });

describe('the lines of incidents', () => {
  test('have each incident exactly once, with those of the same target and cause, in any order', () => {
    fc.assert(
      fc.property(incidents, (all) => {
        const lines = incidentLines(all);
        const inLines = lines.flatMap((line) => line.incidents);
        expect(inLines).toHaveLength(all.length);
        expect(new Set(inLines)).toEqual(new Set(all));
        for (const { target, cause, incidents } of lines)
          expect(incidents.every((one) => one.target === target && one.cause === cause)).toBe(true);
        const names = lines.map(({ target, cause }) => `${targetKey(target)} ${cause}`);
        expect(new Set(names).size).toBe(lines.length);
        const reversed = incidentLines([...all].reverse());
        expect(reversed.map(({ target, cause }) => `${targetKey(target)} ${cause}`)).toEqual(names);
      }),
    );
  });

  test('have open ones first, then the newest', () => {
    fc.assert(
      fc.property(incidents, (all) => {
        const lines = incidentLines(all);
        const places = lines.map(({ open, incidents: [first] }) => [
          open === undefined ? 1 : 0,
          -first.openedAt,
        ]);
        expect(places).toEqual([...places].sort(([a = 0, b = 0], [c = 0, d = 0]) => a - c || b - d));
        const hasOpen = all.some(({ resolvedAt }) => resolvedAt === undefined);
        expect(lines[0]?.open !== undefined).toBe(hasOpen);
      }),
    );
  });
});

describe('a target that flaps', () => {
  const opened = (ages: readonly number[], cause?: (typeof CAUSES)[number]) =>
    ages.map((age) => ({ target: LAB, cause, openedAt: NOON - age, resolvedAt: NOON }));
  const names = (all: Parameters<typeof flappingTargets>[0]) => [...flappingTargets(all, NOON)];

  test('has had six incidents in seven days, of any cause', () => {
    const five = opened([HOUR, 2 * HOUR, 3 * HOUR, DAY, 6 * DAY]);
    expect(names(five)).toEqual([]);
    expect(names([...five, ...opened([5 * DAY], 'host_changed')])).toEqual([targetKey(LAB)]);
    expect(names([...five, ...opened([7 * DAY])])).toEqual([]);
    expect(names([...five, ...opened([HOUR]).map((one) => ({ ...one, target: PROD }))])).toEqual([]);
  });
});

describe('the daily counts of incidents', () => {
  test('count each incident that opened in them once', () => {
    fc.assert(
      fc.property(incidents, (all) => {
        const counts = openedPerDay(all, { to: NOON, days: 30 });
        expect(counts).toHaveLength(30);
        const inside = all.filter(({ openedAt }) => openedAt > NOON - 30 * DAY);
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(inside.length);
      }),
    );
  });

  test('begin with the oldest day, and an incident that opened after now counts on the last', () => {
    const at = (...ages: number[]) => ages.map((age) => ({ openedAt: NOON - age }));
    expect(openedPerDay(at(0, HOUR, 25 * HOUR, 60 * HOUR, 72 * HOUR, -HOUR), { to: NOON, days: 3 })).toEqual([
      1, 1, 3,
    ]);
  });
});

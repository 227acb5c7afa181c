import { beforeEach, describe, expect, test } from 'vitest';
import { subscriberOf } from '../../src/config/addresses.ts';
import { countFailedAttempts, type FailedAttempts } from '../../src/http/auth/failed-attempts.ts';
import { DAY, MINUTE, NOON } from '../fixtures.ts';
import { atFullLength } from '../full-length.ts';

/** More than find a place. */
const MANY = atFullLength(100_000, { otherwise: 30_000 });
const FAILURES = 10;
/** As many addresses are counted as may have to wait. Those that find no place share one. */
const BOUND = 2 * 10_000 + 1;

const ipv4 = (i: number) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`;
/** One network of a subscriber each. */
const ipv6 = (i: number) =>
  subscriberOf(`2001:db8:${(i >> 16).toString(16)}:${(i & 65_535).toString(16)}::1`);

/** Addresses of one network. */
const hostOf = (i: number) =>
  subscriberOf(`2001:db8::${(i >> 16).toString(16)}:${(i & 65_535).toString(16)}`);

describe('the memory of failed attempts', () => {
  let now: number;
  let attempts: FailedAttempts;
  beforeEach(() => {
    now = NOON;
    attempts = countFailedAttempts({ clock: () => now });
  });

  const fail = (address: string, times = FAILURES) => {
    for (let i = 0; i < times; i++) attempts.count(address);
  };

  test.each([
    ['IPv4 addresses', ipv4],
    ['networks of IPv6', ipv6],
  ])('is bounded, however many %s fail, and however often', (_, address) => {
    for (const times of [1, FAILURES]) {
      for (let i = 0; i < MANY; i++) fail(address(i), times);
      expect(attempts.size).toBeLessThanOrEqual(BOUND);
    }
    expect(attempts.size).toBeGreaterThan(10_000);
  });

  test('is one entry for all addresses of a subscriber of IPv6', () => {
    for (let i = 0; i < MANY; i++) attempts.count(hostOf(i));
    expect(attempts.size).toBe(1);
  });

  test('does not let anybody end a wait by sending from elsewhere', () => {
    fail('192.0.2.1');
    for (let i = 0; i < MANY; i++) attempts.count(ipv6(i));
    for (let i = 0; i < MANY; i++) fail(ipv4(i));
    expect(attempts.waitS('192.0.2.1')).toBe(60);
    now += MINUTE;
    expect(attempts.waitS('192.0.2.1')).toBeUndefined();
  });

  test('makes all others wait together, for at most a minute, if too many wait to be told apart', () => {
    for (let i = 0; i < 10_000; i++) fail(ipv4(i));
    expect(attempts.waitS('192.0.2.1')).toBeUndefined();
    for (let i = 0; i < FAILURES; i++) attempts.count(ipv6(i));
    expect(attempts.waitS('192.0.2.1')).toBe(60);
    expect(attempts.waitS(ipv4(0))).toBe(60);
    now += MINUTE;
    expect(attempts.waitS('192.0.2.1')).toBeUndefined();
    attempts.count('192.0.2.1');
    expect(attempts.size).toBeLessThanOrEqual(2);
  });

  test('starts again if the clock was turned back', () => {
    fail('192.0.2.1');
    now -= DAY;
    expect(attempts.waitS('192.0.2.1')).toBeUndefined();
    fail('192.0.2.1');
    expect(attempts.waitS('192.0.2.1')).toBe(60);
  });
});

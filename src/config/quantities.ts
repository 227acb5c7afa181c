import { z } from 'zod';

const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, y: 365 * 86_400_000 } as const;
const UNIT_BYTES = { '': 1, KiB: 1024, MiB: 1024 ** 2 } as const;

export const span = spanUpTo('10y');
export const size = quantity(UNIT_BYTES, 'a size in bytes, or such as 512KiB or 8MiB');

/** A span from 1s to 10y such as 90d, in milliseconds; undefined if the text is none. */
export function parseSpan(text: string): number | undefined {
  return span.safeParse(text).data;
}

/** A span of at least 1s, the smallest that can be written. */
export function spanUpTo(longest: '5m' | '7d' | '31d' | '10y') {
  const any = quantity(UNIT_MS, 'a span such as 30s, 10m, 24h, 90d or 5y');
  return any.refine((ms) => ms <= any.parse(longest), `must be from 1s to ${longest}`);
}

function quantity(units: Readonly<Record<string, number>>, expected: string) {
  const pattern = new RegExp(`^([1-9][0-9]{0,11})(${Object.keys(units).join('|')})$`);
  return z
    .string()
    .regex(pattern, `must be ${expected}`)
    .transform((text) => {
      const [, amount, unit = ''] = pattern.exec(text) ?? [];
      return Number(amount) * (units[unit] ?? 1);
    });
}

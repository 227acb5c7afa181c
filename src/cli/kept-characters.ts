import { REPORT_KEYS } from '../http/schemas/report.ts';
import type { Omitted } from './older-line.ts';

/** Only an escape can write U+0000, or half of a surrogate pair. */
const MAY_HOLD_ONE = /\\u(?:0000|d[89a-f])/i;

const NUL = '\0';
const HALVES = /\p{Surrogate}/gu;
const REPLACEMENT = '\ufffd';

type Line = Readonly<Record<string, unknown>>;

interface Found {
  hasNul: boolean;
  hasHalf: boolean;
}

/**
 * A line with its strings as versions before strict reading stored them. U+0000 stays. Half of a surrogate pair is
 * U+FFFD, because UTF-8 cannot hold it. `text` is the source of the line.
 */
export function withKeptCharacters(
  line: Line,
  text: string,
): { readonly line: Line; readonly omitted: readonly Omitted[] } {
  if (!MAY_HOLD_ONE.test(text)) return { line, omitted: [] };
  const omitted: Omitted[] = [];
  const entries = Object.entries(line).map(([key, value]) => {
    const found = { hasNul: false, hasHalf: false };
    const kept = [keptText(key, found), keptValue(value, found)] as const;
    omitted.push(...toldOf(found, REPORT_KEYS.includes(key) ? key : 'other fields'));
    return kept;
  });
  const once = new Map(omitted.map((one) => [one.key, one]));
  return { line: Object.fromEntries(entries), omitted: [...once.values()] };
}

/** There are few different texts, whatever the keys of all lines are. */
function toldOf({ hasNul, hasHalf }: Found, field: string): Omitted[] {
  return [
    ...(hasNul
      ? [{ key: `U+0000 in ${field}`, reason: 'which is refused today', isKept: true } as const]
      : []),
    ...(hasHalf ? [{ key: `half of a surrogate pair in ${field}`, reason: 'which is U+FFFD now' }] : []),
  ];
}

/** The reader of the line limits the depth. */
function keptValue(value: unknown, found: Found): unknown {
  if (typeof value === 'string') return keptText(value, found);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((one) => keptValue(one, found));
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [keptText(key, found), keptValue(one, found)]),
  );
}

function keptText(text: string, found: Found): string {
  if (text.includes(NUL)) found.hasNul = true;
  const kept = text.replaceAll(HALVES, REPLACEMENT);
  if (kept !== text) found.hasHalf = true;
  return kept;
}

import { MAX_EXPECTED_INTERVAL_S } from '../http/schemas/report-fields.ts';

/** What of a line of an older version is not imported, and why: `error`, `which SYNCED cannot have`. */
export interface Omitted {
  readonly key: string;
  readonly reason: string;
}

type Line = Readonly<Record<string, unknown>>;

/** An older version knew none of these and kept whatever came under them, of any form. */
const WITHOUT_MEANING = ['labels', 'check', 'stale_after_s', 'takes_over', 'after_deploy'];
/** An older version took them with SYNCED too. */
const REASONS_FOR_DOUBT = ['error', 'error_kind'];

/** A line of an older version without what would be refused today: all that it acknowledged can be imported. */
export function withoutRefused(line: Line): { readonly line: Line; readonly omitted: readonly Omitted[] } {
  const omitted: Omitted[] = [];
  const omit = (keys: readonly string[], reason: string) => {
    for (const key of keys) if (Object.hasOwn(line, key)) omitted.push({ key, reason });
  };
  omit(WITHOUT_MEANING, 'which had no meaning in the version that exported it');
  if (line.sync_status === 'SYNCED')
    omit(
      REASONS_FOR_DOUBT.filter((key) => isText(line[key])),
      'which SYNCED cannot have',
    );
  if (Number(line.expected_interval_s) > MAX_EXPECTED_INTERVAL_S) {
    omit(['expected_interval_s'], `which is more than ${MAX_EXPECTED_INTERVAL_S}`);
  }
  const keys = new Set(omitted.map(({ key }) => key));
  return { line: Object.fromEntries(Object.entries(line).filter(([key]) => !keys.has(key))), omitted };
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

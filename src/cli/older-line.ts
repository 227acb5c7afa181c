import { urlWithoutPassword, withoutPassword } from '../domain/password.ts';
import { MAX_EXPECTED_INTERVAL_S } from '../domain/report.ts';

/** A part of an older line that is not imported, and why: `error`, `which SYNCED cannot have`. */
export interface Omitted {
  readonly key: string;
  readonly reason: string;
  /** It is imported, although it would be refused today. */
  readonly isKept?: true;
}

type Line = Readonly<Record<string, unknown>>;

/** Older versions did not know these fields and stored any value that was sent. */
const WITHOUT_MEANING = ['labels', 'check', 'stale_after_s', 'takes_over', 'after_deploy'];
/** Older versions accepted these fields with SYNCED too. */
const REASONS_FOR_DOUBT = ['error', 'error_kind'];

/**
 * An older line without fields that would be refused today, so that every report of an older version can be imported.
 */
export function withoutRefused(line: Line): { readonly line: Line; readonly omitted: readonly Omitted[] } {
  const omitted: Omitted[] = [];
  const omit = (keys: readonly string[], reason: string) => {
    for (const key of keys) if (Object.hasOwn(line, key)) omitted.push({ key, reason });
  };
  omit(WITHOUT_MEANING, 'which had no meaning in the version that exported it');
  if (line.sync_status === 'SYNCED')
    omit(
      REASONS_FOR_DOUBT.filter((key) => isText(line[key])),
      'which a SYNCED report cannot have',
    );
  if (Number(line.expected_interval_s) > MAX_EXPECTED_INTERVAL_S) {
    omit(['expected_interval_s'], `which is more than ${MAX_EXPECTED_INTERVAL_S}`);
  }
  const keys = new Set(omitted.map(({ key }) => key));
  return { line: Object.fromEntries(Object.entries(line).filter(([key]) => !keys.has(key))), omitted };
}

/** A value with a password that an older version accepted. */
const WITH_PASSWORDS: Readonly<Record<string, (text: string) => string>> = {
  repo: withoutPassword,
  server: withoutPassword,
  run_url: urlWithoutPassword,
};

/** The line without the passwords in its names and its address. */
export function withoutPasswords(line: Line): { readonly line: Line; readonly omitted: readonly Omitted[] } {
  const changed = Object.entries(WITH_PASSWORDS).flatMap(([key, without]): [string, string][] => {
    const text = line[key];
    return typeof text === 'string' && without(text) !== text ? [[key, without(text)]] : [];
  });
  return {
    line: { ...line, ...Object.fromEntries(changed) },
    omitted: changed.map(([key]) => ({ key: `the password in ${key}`, reason: 'which would be shown' })),
  };
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

import { hasPassword } from './password.ts';

/** One `(repo, server)` pair that should stay in sync. */
export interface Target {
  readonly repo: string;
  readonly server: string;
}

/**
 * The characters of names, such as `.github`, `_infra` and `~user/repo`. They contain no separator of any list syntax
 * (`,` `|` `{}` `()` quotes, blanks), so several names in one query parameter are never ambiguous.
 */
export const NAME_PATTERN = /^(?!\.+$)[A-Za-z0-9._~][A-Za-z0-9._\-:@/+~]{0,254}$/;

/** `NAME_PATTERN` in words. */
export const NAME_RULE =
  '1 to 255 letters, digits or . _ - : @ / + ~, starting with a letter, a digit, . _ or ~, and not of dots alone';

/** Whether a repo, a server or a token may have this name. */
export function isName(text: string): boolean {
  return NAME_PATTERN.test(text) && !hasPassword(text);
}

/** What a target carries beside its name, such as `env` or `team`: keys `[a-z][a-z0-9_]{0,62}`, values of 1 to 255 characters. */
export type Labels = { readonly [key: string]: string };

export const MAX_LABELS = 16;
export const LABEL_KEY_PATTERN = /^[a-z][a-z0-9_]{0,62}$/;

/** Sorts by repo, then server, by code unit: the same order on every machine and in every database. */
export function compareTargets(a: Target, b: Target): number {
  return compareText(a.repo, b.repo) || compareText(a.server, b.server);
}

export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** The key of a target in a map. Names contain no blanks. */
export function targetKey({ repo, server }: Target): string {
  return `${repo} ${server}`;
}

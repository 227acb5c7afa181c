/** An unresolved template variable, as alert rules and shared dashboards send it. */
const UNRESOLVED = /^(?:\$\{[^}]*\}|\$\w+|\[\[[^\]]*\]\])$/;

/** Spellings of "all of them". `__empty__` is what `:lucene` sends if nothing is picked, which is no filter. */
const ALL = /^(?:\*|\.\*|\$__all|__empty__)$/;

/** The name of the variable, which `:distributed` puts before each value but the first. No name contains `=`. */
const REPEATED_KEY = /^\w+=/;

const LIST_SYNTAX = /[,|{}()[\]'"]+/;

/** Whether a value is an unresolved variable, which counts as not sent. */
export function isUnresolved(text: string): boolean {
  return UNRESOLVED.test(text);
}

/**
 * The values of a filter parameter; none means no filter. Names contain no character of any list syntax
 * (`NAME_PATTERN`), so all spellings can be split in the same way: `a,b` · `{a,b}` (Grafana's default) · `a|b` ·
 * `(a|b)` · `["a","b"]` · quoted lists · `("a" OR "b")` · `a,server=b` · repeated keys.
 */
export function parseFilterValues(given: string | readonly string[]): string[] {
  const texts = [given].flat().map((text) => decodedAgain(text).trim());
  if (texts.some(isNoFilter)) return [];
  const values = texts
    .flatMap((text) =>
      withoutEscapes(text)
        .replace(/" OR "/g, ',')
        .split(LIST_SYNTAX),
    )
    // No name begins with a plus: a leading plus is the blank of a list such as `a, b`.
    .map((value) => value.trim().replace(/^\++/, '').replace(REPEATED_KEY, ''));
  return values.some(isNoFilter) ? [] : [...new Set(values.filter((value) => value !== ''))];
}

/**
 * The values of a filter by label, each sent on its own. A label may contain every character of a list, so nothing is
 * split or decoded again.
 */
export function parseLabelValues(given: string | readonly string[]): string[] {
  const texts = [given].flat().filter((text) => text.trim() !== '');
  return texts.some((text) => isNoFilter(text.trim())) ? [] : [...new Set(texts)];
}

/** Whether a value is a spelling of "all of them", or an unresolved variable. */
export function isNoFilter(text: string): boolean {
  return ALL.test(text) || isUnresolved(text);
}

/** A value with the format `:percentencode` arrives encoded twice. */
function decodedAgain(text: string): string {
  try {
    return text.includes('%') ? decodeURIComponent(text) : text;
  } catch {
    return text; // A stray `%`: the name rule will refuse the value.
  }
}

/** The format `:regex` escapes characters that have a meaning in regular expressions; names contain no backslash. */
function withoutEscapes(text: string): string {
  return text.replace(/\\(.)/g, '$1');
}

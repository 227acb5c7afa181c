/** A variable that nobody filled in, as alert rules and shared dashboards send it. */
const UNRESOLVED = /^(?:\$\{[^}]*\}|\$\w+|\[\[[^\]]*\]\])$/;

/** Spellings of "all of them". */
const ALL = /^(?:\*|\.\*|\$__all|All)$/;

const LIST_SYNTAX = /[,|{}()[\]'"]+/;

/** Whether a value is no value, but a variable that was never filled in: as good as not sent. */
export function isUnresolved(text: string): boolean {
  return UNRESOLVED.test(text);
}

/**
 * The values that a filter parameter asks for; none means no filter. A name can hold none of the characters that
 * any list syntax needs (`NAME_PATTERN`), so every spelling can be taken apart without knowing which it is:
 * `a,b` · `{a,b}` (Grafana's default) · `a|b` · `(a|b)` · `["a","b"]` · quoted lists · repeated keys.
 */
export function parseFilterValues(given: string | readonly string[]): string[] {
  const texts = [given].flat().map((text) => decodedAgain(text).trim());
  if (texts.some(isNoFilter)) return [];
  const values = texts
    .flatMap((text) => withoutEscapes(text).split(LIST_SYNTAX))
    .map((value) => value.trim());
  return values.some(isNoFilter) ? [] : [...new Set(values.filter((value) => value !== ''))];
}

function isNoFilter(text: string): boolean {
  return ALL.test(text) || isUnresolved(text);
}

/** `:percentencode` in a parameter arrives encoded once more than it should be. */
function decodedAgain(text: string): string {
  try {
    return text.includes('%') ? decodeURIComponent(text) : text;
  } catch {
    return text; // A stray `%`: the name rule will refuse it by name.
  }
}

/** `:regex` escapes what a regular expression would read as syntax; a name has no backslash of its own. */
function withoutEscapes(text: string): string {
  return text.replace(/\\(.)/g, '$1');
}

/** An instant of RFC 3339, in the form of answers. */
const INSTANT = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)/g;

/** What differs each time: instants, spans since then, and random values. */
export function shapeOf(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((one) => shapeOf(one));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, shapeOf(one, name)]));
  if (typeof value === 'number' && key.endsWith('_s') && value !== 0) return '(seconds)';
  return typeof value === 'string' ? shapeOfText(value) : value;
}

/** Blanks at the ends of lines do not count, nor does the distance of table columns. */
export function shapeOfText(text: string): string {
  return text
    .replace(INSTANT, '(instant)')
    .replace(/\b[0-9a-f]{40,64}\b/g, '(digest)')
    .replace(/ {2,}/g, '  ')
    .replace(/ +$/gm, '')
    .trim();
}

/** How Go writes and reads the values that the plugin handles. */

/** `strconv.ParseFloat`; undefined if it fails. */
export function parseGoFloat(text: string): number | undefined {
  const special = /^([+-]?)(inf|infinity|nan)$/i.exec(text);
  if (special !== null) {
    if (special[2]?.toLowerCase() === 'nan') return Number.NaN;
    return special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
  const hex = /^([+-]?)0x([0-9a-f]+)p([+-]?\d+)$/i.exec(text);
  if (hex !== null) {
    return (hex[1] === '-' ? -1 : 1) * Number.parseInt(hex[2] ?? '', 16) * 2 ** Number(hex[3]);
  }
  const isDecimal = /^[+-]?(?:\d+(?:_\d+)*\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text);
  return isDecimal ? Number(text.replaceAll('_', '')) : undefined;
}

/** `strconv.Atoi`; undefined if it fails. */
export function parseGoInt(text: string): number | undefined {
  return /^[+-]?\d+$/.test(text) ? Number(text) : undefined;
}

/** `fmt.Sprintf("%v", value)` of a float64. */
export function formatGoFloat(value: number): string {
  if (value === 0) return '0';
  const [digits = '', exponent = ''] = value.toExponential().split('e');
  const power = Number(exponent);
  if (power >= -4 && power < Math.max(6, 0)) return String(value);
  return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

/** `json.Marshal`: keys in order, and nothing that could be HTML. */
export function goJson(value: unknown): string {
  const sorted = JSON.stringify(value, (_, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
  return sorted.replace(/[<>&]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`);
}

/** `json.Unmarshal` into anything; throws with Go's words. */
export function parseGoJson(text: string): unknown {
  const tooLarge = /-?\d+(?:\.\d+)?e\+?\d{3,}/i.exec(text.replace(/"(?:[^"\\]|\\.)*"/g, '""'))?.[0];
  if (tooLarge !== undefined && !Number.isFinite(Number(tooLarge))) {
    throw new Error(`json: cannot unmarshal number ${tooLarge} into Go value of type float64`);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(inGoWords(text, String(error)), { cause: error });
  }
}

function inGoWords(text: string, reason: string): string {
  const position = /at position (\d+)/.exec(reason)?.[1];
  const found = /Unexpected token '?(.)/.exec(reason)?.[1];
  if (reason.includes('after JSON'))
    return `invalid character '${text[Number(position)]}' after top-level value`;
  if (found === undefined) return 'unexpected end of JSON input';
  return `invalid character '${found}' looking for beginning of value`;
}

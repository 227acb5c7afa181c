/**
 * Whether a number written in decimal stays the same decimal as a JavaScript number. `1.50` and `1e3` do; `1e400` and
 * `9007199254740993` do not. It takes time in proportion to the length of the text.
 */
export function staysTheSame(text: string): boolean {
  const value = Number(text);
  if (!Number.isFinite(value)) return false;
  const [said, kept] = [decimalOf(text), decimalOf(String(value))];
  return said.digits === kept.digits && (said.digits === '' || said.exponent === kept.exponent);
}

/** The digits without the zeros around them, and the power of ten of the first one; no digits mean zero. */
function decimalOf(text: string): { readonly digits: string; readonly exponent: number } {
  const [mantissa = '', power = '0'] = text.replace(/^[+-]/, '').split(/e/i, 2);
  const point = mantissa.indexOf('.');
  const whole = point < 0 ? mantissa : mantissa.slice(0, point);
  const digits = point < 0 ? mantissa : whole + mantissa.slice(point + 1);
  let [start, end] = [0, digits.length];
  while (digits.charCodeAt(start) === ZERO) start++;
  while (end > start && digits.charCodeAt(end - 1) === ZERO) end--;
  return { digits: digits.slice(start, end), exponent: Number(power) + whole.length - start };
}

const ZERO = 48;

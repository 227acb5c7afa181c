/** What a column may hold. */
export type Value = string | number | boolean | Buffer | null | undefined;

/**
 * An array as PostgreSQL reads it. `pg` writes the same of an array of JavaScript, but takes several times as long, and each
 * report has some forty values.
 */
export function arrayText(values: readonly Value[]): string {
  let text = '';
  for (const value of values) text += `${text === '' ? '' : ','}${elementText(value)}`;
  return `{${text}}`;
}

const NEEDS_ESCAPE = /["\\]/;

function elementText(value: Value): string | number | boolean {
  if (value === null || value === undefined) return 'NULL';
  if (typeof value === 'string') {
    return `"${NEEDS_ESCAPE.test(value) ? value.replaceAll(/["\\]/g, String.raw`\$&`) : value}"`;
  }
  // The second backslash is for the array.
  return Buffer.isBuffer(value) ? String.raw`\\x` + value.toString('hex') : value;
}

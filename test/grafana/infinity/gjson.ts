/** A path of gjson, as far as column selectors use it: keys, indexes, `#`, wildcards, escapes and `@this`. */
export function select(value: unknown, path: string): unknown {
  if (path === '' || path === '@this') return value;
  return stepsOf(path).reduce<unknown>(step, value);
}

function stepsOf(path: string): string[] {
  return path.split(/(?<!\\)\./);
}

function step(value: unknown, key: string): unknown {
  if (Array.isArray(value))
    return key === '#' ? value.length : /^\d+$/.test(key) ? value[Number(key)] : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  const entries = new Map<string, unknown>(Object.entries(value));
  if (!/[*?]/.test(key)) return entries.get(key.replace(/\\(.)/g, '$1'));
  const pattern = new RegExp(
    `^${key
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  );
  return [...entries].find(([name]) => pattern.test(name))?.[1];
}

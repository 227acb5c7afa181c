/** A part of an OpenAPI document. */
export interface JsonObject {
  readonly [key: string]: unknown;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object, or an empty one if there is none. */
export function objectIn(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

export function arrayIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function mapValues<R>(of: JsonObject, map: (value: unknown, key: string) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(of).map(([key, value]) => [key, map(value, key)]));
}

export function without(object: JsonObject, ...keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}

/** Rewrites every object within a value, the innermost first. */
export function rewrite(value: unknown, change: (object: JsonObject) => JsonObject): unknown {
  if (Array.isArray(value)) return value.map((one) => rewrite(one, change));
  if (!isObject(value)) return value;
  return change(mapValues(value, (inner) => rewrite(inner, change)));
}

import { isObject, type JsonObject, mapValues, objectIn } from './json.ts';

const METHODS = ['get', 'put', 'post', 'patch', 'delete'];

/** One method of one path. */
export interface Place {
  /** In capital letters. */
  readonly method: string;
  readonly path: string;
}

/** Rewrites every operation of the paths of a document. */
export function mapOperations(
  paths: JsonObject,
  change: (operation: JsonObject, at: Place) => JsonObject,
): JsonObject {
  return mapValues(paths, (item, path) =>
    mapValues(objectIn(item), (operation, key) =>
      METHODS.includes(key) && isObject(operation)
        ? change(operation, { method: key.toUpperCase(), path })
        : operation,
    ),
  );
}

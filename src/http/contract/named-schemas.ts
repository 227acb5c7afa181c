import { ACTION_KINDS } from '../../domain/action.ts';
import { EVENT_KINDS, EVENT_ORIGINS } from '../../domain/event.ts';
import { SYNC_STATUSES } from '../../domain/finding.ts';
import { CAUSES } from '../../domain/incident.ts';
import { STATES } from '../../domain/state.ts';
import { arrayIn, isObject, type JsonObject, mapValues, objectIn, rewrite, without } from './json.ts';

/** Enums are named by their values, wherever they occur. Those that occur once have a `title` in their schema. */
const ENUMS: Readonly<Record<string, readonly string[]>> = {
  State: STATES,
  SyncStatus: SYNC_STATUSES,
  Cause: CAUSES,
  EventKind: EVENT_KINDS,
  EventOrigin: EVENT_ORIGINS,
  ActionKind: ACTION_KINDS,
};
const ENUM_NAMES = new Map(Object.entries(ENUMS).map(([name, values]) => [values.join(), name]));

/** The keys of a schema that are about its place, not about its type. */
const OF_THE_PLACE = ['description', 'default', 'example', 'examples'];

/**
 * Gives every schema with a `title`, and every known enum, a name among the components, so that clients are generated
 * with one type for each. If null is allowed too, it is `anyOf` the named type and null: generators would make another
 * type of a nullable one. The library cannot do it: it forgets which use of a named type is nullable.
 */
export function withNamedSchemas({ paths, components }: { paths: JsonObject; components: JsonObject }) {
  const named = new Map<string, JsonObject>();
  const name = (value: unknown) => rewrite(value, (object) => toNamed(object, named));
  const schemas = mapValues(objectIn(components.schemas), (schema) => name(schema));
  return {
    paths: objectIn(name(paths)),
    components: { ...components, schemas: { ...schemas, ...Object.fromEntries(named) } },
  };
}

function toNamed(schema: JsonObject, named: Map<string, JsonObject>): JsonObject {
  const flat = withoutWrapper(schema);
  const name = nameOf(flat);
  if (name === undefined) return flat;
  const place = Object.fromEntries(Object.entries(flat).filter(([key]) => OF_THE_PLACE.includes(key)));
  addOnce(named, name, withoutNull(without(flat, 'title', ...OF_THE_PLACE)));
  const $ref = `#/components/schemas/${name}`;
  return isNullable(flat) ? { anyOf: [{ $ref }, { type: 'null' }], ...place } : { $ref, ...place };
}

/** Throws if two types have one name: a client would get the wrong one. */
function addOnce(named: Map<string, JsonObject>, name: string, schema: JsonObject): void {
  const known = named.get(name);
  if (known !== undefined && JSON.stringify(known) !== JSON.stringify(schema)) {
    throw new Error(`Two schemas have the title ${name}: name one of them otherwise.`);
  }
  named.set(name, schema);
}

function nameOf({ title, enum: values, type, anyOf }: JsonObject): string | undefined {
  if (typeof title === 'string' && (type !== undefined || Array.isArray(anyOf))) return title;
  return ENUM_NAMES.get(
    arrayIn(values)
      .filter((one) => one !== null)
      .join(),
  );
}

/** The library writes `allOf: [$ref, the keys of the place]`. In OpenAPI 3.1 both may stand side by side. */
function withoutWrapper(schema: JsonObject): JsonObject {
  const [base, place, ...others] = arrayIn(schema.allOf);
  if (!isObject(base) || base.$ref === undefined || !isObject(place) || others.length > 0) return schema;
  return Object.keys(place).every((key) => OF_THE_PLACE.includes(key)) ? { ...base, ...place } : schema;
}

function isNullable({ type }: JsonObject): boolean {
  return arrayIn(type).includes('null');
}

function withoutNull(schema: JsonObject): JsonObject {
  if (!isNullable(schema)) return schema;
  const [type] = arrayIn(schema.type).filter((one) => one !== 'null');
  const values = arrayIn(schema.enum).filter((one) => one !== null);
  return { ...schema, type, ...(values.length === 0 ? {} : { enum: values }) };
}

const MAX_INT32 = 2 ** 31 - 1;

/**
 * Ids, sequence numbers and epoch milliseconds do not fit into 32 bits, and some languages take an integer for that.
 */
export function withIntegerFormats(document: JsonObject): JsonObject {
  return objectIn(
    rewrite(document, (schema) => {
      const isInteger = schema.type === 'integer' || arrayIn(schema.type).includes('integer');
      if (!isInteger || schema.format !== undefined) return schema;
      const { maximum } = schema;
      return { ...schema, format: typeof maximum === 'number' && maximum <= MAX_INT32 ? 'int32' : 'int64' };
    }),
  );
}

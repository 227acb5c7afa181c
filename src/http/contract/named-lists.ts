import { isObject, type JsonObject, mapValues, objectIn } from './json.ts';
import { mapOperations } from './paths.ts';

const REF = '#/components/schemas/';

/** Names the answers that are lists of a named row: the name of the row, followed by `List`. */
export function withNamedLists({ paths, components }: { paths: JsonObject; components: JsonObject }) {
  const lists = new Map<string, JsonObject>();
  const named = mapOperations(paths, (operation) => ({
    ...operation,
    responses: mapValues(objectIn(operation.responses), (response) => {
      const { content } = objectIn(response);
      if (!isObject(content)) return response;
      return {
        ...objectIn(response),
        content: mapValues(content, (media) => nameList(objectIn(media), lists)),
      };
    }),
  }));
  const schemas = { ...objectIn(components.schemas), ...Object.fromEntries(lists) };
  return { paths: named, components: { ...components, schemas } };
}

function nameList(media: JsonObject, lists: Map<string, JsonObject>): JsonObject {
  const schema = objectIn(media.schema);
  const { $ref } = objectIn(schema.items);
  if (schema.type !== 'array' || typeof $ref !== 'string') return media;
  const name = `${$ref.slice(REF.length)}List`;
  lists.set(name, schema);
  return { ...media, schema: { $ref: `${REF}${name}` } };
}

import { hasCsvPath } from './csv-paths.ts';
import { arrayIn, isObject, type JsonObject, objectIn } from './json.ts';
import { mapOperations } from './paths.ts';

const CSV = 'text/csv';

/**
 * Other spellings of a parameter, and parameters that the path replaces. They work, but a client needs only one way.
 */
export function withoutAliases(paths: JsonObject): JsonObject {
  return mapOperations(paths, (operation) => ({
    ...operation,
    ...(operation.parameters === undefined
      ? {}
      : { parameters: arrayIn(operation.parameters).filter((one) => !isAlias(one)) }),
  }));
}

function isAlias(parameter: unknown): boolean {
  return isObject(parameter) && String(parameter.name).startsWith('var-');
}

/**
 * Gives each list that is available as CSV a second path that ends with `.csv`. So each path has one type of answer,
 * whatever its parameters are.
 */
export function withCsvPaths(paths: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(paths).flatMap(([path, item]): [string, unknown][] => {
      const get = objectIn(objectIn(item).get);
      if (contentOf(get)[CSV] === undefined) return [[path, item]];
      const json: [string, unknown] = [path, { ...objectIn(item), get: asJson(get, path) }];
      return hasCsvPath(path) ? [json, [`${path}.csv`, { get: asCsv(get, path) }]] : [json];
    }),
  );
}

function asJson(get: JsonObject, path: string): JsonObject {
  const csv = hasCsvPath(path) ? `\`${path}.csv\`, or \`format=csv\`` : '`format=csv`';
  const description = [get.description, `The same as CSV: ${csv}.`];
  return {
    // With `fields` the rows are another type.
    ...only(get, 'application/json', ['fields']),
    description: description.filter((one) => one !== undefined).join(' '),
  };
}

function asCsv(get: JsonObject, path: string): JsonObject {
  return {
    ...only(get, CSV),
    operationId: `${String(get.operationId).replace(/^(list|get)/, 'export')}Csv`,
    summary: `${String(get.summary)}, as CSV`,
    description: `The rows of \`${path}\`, with a header line.`,
  };
}

/** The operation with answers of this type alone, and without the parameters that would choose another. */
function only(get: JsonObject, type: string, others: readonly string[] = []): JsonObject {
  const choices = ['format', ...others];
  const responses = objectIn(get.responses);
  return {
    ...get,
    parameters: arrayIn(get.parameters).filter((one) => !choices.includes(String(objectIn(one).name))),
    responses: {
      ...responses,
      200: { ...objectIn(responses[200]), content: { [type]: contentOf(get)[type] } },
    },
  };
}

function contentOf(operation: JsonObject): JsonObject {
  return objectIn(objectIn(objectIn(operation.responses)[200]).content);
}

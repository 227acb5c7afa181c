import { OpenAPIHono } from '@hono/zod-openapi';
import { withCsvPaths, withoutAliases } from './aliases.ts';
import { withExamples } from './examples.ts';
import { withHeaders } from './headers.ts';
import { infoOf, tagOf, tags } from './info.ts';
import { type JsonObject, objectIn } from './json.ts';
import { withNamedLists } from './named-lists.ts';
import { withIntegerFormats, withNamedSchemas } from './named-schemas.ts';
import { mapOperations } from './paths.ts';
import { POOL_REFUSALS, refusalComponents } from './refusals.ts';
import { type Openness, SCHEMES, withSecurity } from './security.ts';

interface Described extends Openness {
  /** The app with the routes of this thread, and the app with those that workers answer. */
  readonly commands: OpenAPIHono;
  readonly queries: OpenAPIHono;
  readonly version: string;
}

/**
 * The OpenAPI document: what the routes say about themselves, then what holds for all of them. A new route gets the
 * second part by itself.
 */
export function openApiDocument({ commands, queries, version, ...openness }: Described): JsonObject {
  const info = infoOf(version);
  const all = new OpenAPIHono();
  for (const app of [commands, queries]) all.route('/', app);
  const { paths, components } = all.getOpenAPI31Document({ openapi: '3.1.0', info });
  const asked = queries.getOpenAPI31Document({ openapi: '3.1.0', info }).paths ?? {};
  const answered = withPoolRefusals(objectIn(paths), new Set([...Object.keys(asked), '/metrics']));
  const described = withHeaders(withSecurity(withCsvPaths(withoutAliases(withTags(answered))), openness));
  const named = withNamedLists(withNamedSchemas({ paths: described, components: objectIn(components) }));
  return withIntegerFormats({
    openapi: '3.1.0',
    info,
    tags,
    paths: named.paths,
    components: withExamples({
      ...named.components,
      responses: refusalComponents(),
      securitySchemes: SCHEMES,
    }),
  });
}

/** Every question to workers may meet too many others, and may take too long. */
function withPoolRefusals(paths: JsonObject, asked: ReadonlySet<string>): JsonObject {
  return mapOperations(paths, (operation, { method, path }) =>
    method === 'GET' && asked.has(path)
      ? { ...operation, responses: { ...POOL_REFUSALS, ...objectIn(operation.responses) } }
      : operation,
  );
}

function withTags(paths: JsonObject): JsonObject {
  return mapOperations(paths, (operation, { path }) => {
    const tag = tagOf(path);
    return operation.tags !== undefined || tag === undefined ? operation : { ...operation, tags: [tag] };
  });
}

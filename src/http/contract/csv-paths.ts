import type { OpenAPIHono } from '@hono/zod-openapi';
import { withoutBasePath } from '../base-path.ts';
import { objectIn } from './json.ts';

/** `/status.json` is another name of `/api/v1/status`, for those who read that file. */
export function hasCsvPath(path: string): boolean {
  return !path.endsWith('.json');
}

/** The paths that are available as CSV, by the description of their routes. */
export function csvPathsOf({ openAPIRegistry }: OpenAPIHono): readonly string[] {
  return openAPIRegistry.definitions.flatMap((definition) => {
    if (definition.type !== 'route') return [];
    const { path, responses } = definition.route;
    if (!hasCsvPath(path)) return [];
    return 'text/csv' in objectIn(objectIn(objectIn(responses)[200]).content) ? [path] : [];
  });
}

/** The question behind a request to a path with `.csv`. */
export function csvQuestion(url: string, basePath: string): string {
  const { pathname, search } = new URL(url);
  const path = withoutBasePath(pathname, basePath).replace(/\.csv$/, '');
  return `${path}${search === '' ? '?' : `${search}&`}format=csv`;
}

import { aBody, type TestService } from './service.ts';

interface Route {
  readonly method: string;
  readonly path: string;
}

/** Every route, with a path that it answers. */
export function routesOf({ service }: TestService): readonly Route[] {
  const named = service.app.routes
    .filter(({ method }) => method !== 'ALL')
    .map(({ method, path }) => {
      const example = path.replace(/\/\*$/, '/ZHJpZnQ/repo/web').replace(/:\w+/, 'name');
      return [`${method} ${example}`, { method, path: example }] as const;
    });
  return [...new Map(named).values()];
}

/** The routes that change something. */
export function writingRoutesOf(at: TestService): readonly Route[] {
  return routesOf(at).filter(({ method }) => !['GET', 'HEAD', 'OPTIONS'].includes(method));
}

/** What makes a request to a route valid, if it takes a report or names a target. */
export function requestTo(
  { method, path }: Route,
  headers: Record<string, string> = {},
): [path: string, init: RequestInit] {
  const isNamed = method === 'PUT' && path === '/api/v1/targets';
  const isJson = path === '/' || path.endsWith('.json') || path.endsWith('/reports');
  const hasBody = method === 'POST' || method === 'PUT';
  const body = isJson
    ? JSON.stringify(aBody({ repo: 'web' }))
    : 'gitops_sync_status{server="a",repo="web"} 1\n';
  const type = { 'Content-Type': isJson ? 'application/json' : 'text/plain' };
  const init = hasBody ? { body, headers: { ...type, ...headers } } : { headers };
  return [isNamed ? `${path}?repo=web&server=a` : path, { method, ...init }];
}

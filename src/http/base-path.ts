/**
 * The path of a request without the base path. A path that is not below it stays as it is. So proxies may remove the
 * base path or leave it, and health checks and local reporters need not know it.
 */
export function withoutBasePath(path: string, basePath: string): string {
  if (!path.startsWith(basePath)) return path;
  const rest = path.slice(basePath.length);
  if (rest === '') return '/';
  return rest.startsWith('/') ? rest : path;
}

/** Views write links from the root: this puts the server's base path before each. */
export function linksBelow(path: string, html: string): string {
  // Only a view can write a quote: quotes in texts and values from outside are escaped.
  return path === '' ? html : html.replace(/ (href|src|formaction|action)="\//g, ` $1="${path}/`);
}

import { applyMacros, type TimeRange } from './macros.ts';
import type { Pair, PluginQuery } from './query.ts';

interface Target {
  readonly range: TimeRange;
  /** The settings of the datasource, with everything that it may ask. */
  readonly baseUrl: string;
}

/** The URL of a query. Throws with what the panel would show if the plugin sends no request. */
export function requestUrl(
  { url, url_options: { method, params } }: PluginQuery,
  { baseUrl, range }: Target,
): string {
  if (method !== 'GET' && method !== 'POST')
    throw new Error(`error preparing request. ${NOT_ALLOWED_METHOD}`);
  const whole = `${baseUrl}${applyMacros(url, range).trim()}`;
  const [, scheme = '', authority = '', path = '', query = ''] =
    /^(\w+:\/\/)([^/?#]*)([^?#]*)(?:\?([^#]*))?/.exec(whole) ?? [];
  assertHost(whole, { authority, baseUrl });
  const pairs = [...pairsIn(query), ...params.map(({ key, value }) => resolved({ key, value }, range))];
  const encoded = pairs
    .toSorted((a, b) => (a.key === b.key ? 0 : a.key < b.key ? -1 : 1))
    .map(({ key, value }) => `${escaped(key)}=${escaped(value)}`)
    .join('&');
  return `${scheme}${authority}${path}${encoded === '' ? '' : `?${encoded}`}`;
}

const NOT_ALLOWED_METHOD =
  'only GET and POST HTTP methods are allowed for this data source. To make use other methods, enable the ' +
  '"Allow dangerous HTTP methods" in the data source configuration';

function assertHost(url: string, { authority, baseUrl }: { authority: string; baseUrl: string }): void {
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  const port = host.includes(':') ? host.slice(host.indexOf(':')) : '';
  if (!/^(?::\d*)?$/.test(port))
    throw new Error(`error preparing request. parse "${url}": invalid port "${port}" after host`);
  if (host !== new URL(baseUrl).host) {
    throw new Error(
      'requested URL not allowed. To allow this URL, update the data source config in the Security tab, Allowed hosts section',
    );
  }
}

function resolved({ key, value }: Pair, range: TimeRange): Pair {
  return { key, value: applyMacros(value, range).trim() };
}

/** Go's `url.Query()`: a pair with a semicolon is dropped. */
function pairsIn(query: string): Pair[] {
  return query
    .split('&')
    .filter((pair) => pair !== '' && !pair.includes(';'))
    .map((pair) => {
      const [key = '', ...value] = pair.split('=');
      return { key: unescaped(key), value: unescaped(value.join('=')) };
    });
}

function unescaped(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '));
}

/** Go's `url.QueryEscape`. */
function escaped(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}

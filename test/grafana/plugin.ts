import { type Frame, frameOf } from './frame.ts';
import type { InfinityModel } from './infinity-model.ts';
import { longToWide } from './long-to-wide.ts';
import { applyMacros } from './template.ts';

/** The headers of each of the plugin's requests. */
const PLUGIN_HEADERS = {
  Accept: 'application/json;q=0.9,text/plain',
  'Accept-Encoding': 'gzip',
  'User-Agent': 'Go-http-client/1.1',
  Authorization: 'Bearer a-token',
};

interface Asked {
  readonly range: { readonly from: number; readonly to: number };
  /** Of the datasource. */
  readonly baseUrl: string;
  /** What the browser did to the texts of the query; an alert or a shared dashboard has none. */
  readonly interpolate?: (text: string) => string;
}

/** The plugin's backend: one query in, one frame out; throws with what the panel would show. */
export async function runQuery(query: InfinityModel, asked: Asked): Promise<Frame> {
  const frame = frameOf(await fetchJson(query, asked), query);
  return query.format === 'timeseries' ? longToWide(frame) : frame;
}

/** The rows that the `simple` parser hands to a variable; it keeps its columns when there are none. */
export async function variableRows(query: InfinityModel, asked: Asked): Promise<Record<string, string>[]> {
  const { fields } = frameOf(await fetchJson(query, asked), query);
  const [first] = fields;
  return (first?.values ?? []).map((_, row) =>
    Object.fromEntries(fields.map(({ name, values }) => [name, String(values[row])])),
  );
}

async function fetchJson(query: InfinityModel, asked: Asked): Promise<unknown> {
  const url = requestUrl(query, asked);
  const response = await fetch(url, { headers: PLUGIN_HEADERS });
  // The body of an error is never read: the status line is all that a panel shows.
  if (response.status >= 400) {
    throw new Error(
      `error while performing the infinity query. unsuccessful HTTP response code\n` +
        `status code : ${response.status} ${response.statusText}`,
    );
  }
  const text = await response.text();
  if (text === '') throw new Error(`empty response body received for the URL ${url}`);
  return JSON.parse(text);
}

/** Go's `url.Query()`, the params added, encoded again: keys in order, a space as `+`. */
export function requestUrl(query: InfinityModel, { baseUrl, range, interpolate = same }: Asked): string {
  const resolved = (text: string) => applyMacros(interpolate(text), range);
  const url = new URL(`${baseUrl}${resolved(query.url)}`);
  for (const { key, value } of query.url_options.params) url.searchParams.append(key, resolved(value));
  url.searchParams.sort();
  return url.href;
}

function same(text: string): string {
  return text;
}

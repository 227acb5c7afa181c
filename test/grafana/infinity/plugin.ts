import { fetchBody } from './fetch-body.ts';
import { type Frame, frameOf } from './frame.ts';
import { parseGoJson } from './go-text.ts';
import { longToWide } from './long-to-wide.ts';
import type { TimeRange } from './macros.ts';
import type { PluginQuery } from './query.ts';
import { requestUrl } from './request.ts';

/** The headers of each of the plugin's requests. */
const PLUGIN_HEADERS = {
  Accept: 'application/json;q=0.9,text/plain',
  'Accept-Encoding': 'gzip',
  'User-Agent': 'Go-http-client/1.1',
  Authorization: 'Bearer a-token',
};

const HEADERS_IN_QUERY =
  "for security reasons, don't include headers such as Authorization in the query. Instead, add them in the config where possible";

interface Asked {
  readonly range: TimeRange;
  /** Of the datasource. */
  readonly baseUrl: string;
}

/** What the browser gets: a frame, and in its `meta.custom.data` the whole body again. */
export interface PluginAnswer extends Frame {
  readonly notices: readonly string[];
  readonly body: unknown;
  /** The size of the body, as UTF-8 without compression. */
  readonly bytes: number;
}

const NOTHING: PluginAnswer = { fields: [], lost: [], notices: [], body: undefined, bytes: 0 };

/**
 * The plugin's backend (3.11.1), as far as `infinity-golden.jsonl` describes it: one query in, one frame out. Throws
 * with what the panel would show.
 */
export async function runBackend(query: PluginQuery, asked: Asked): Promise<PluginAnswer> {
  const url = urlOf(query, asked);
  // For a macro that cannot be applied it sends no request, and reports nothing.
  if (url === undefined) return NOTHING;
  const headers = {
    ...PLUGIN_HEADERS,
    ...Object.fromEntries(query.url_options.headers.map(({ key, value }) => [key, value])),
  };
  try {
    const text = await fetchBody(url, { name: query.url, headers });
    const body = parsed(text);
    const { fields, lost } = isForBackend(query) ? framed(body, query) : NOTHING;
    const notices = query.url_options.headers.some(({ key }) => key === 'Authorization')
      ? [HEADERS_IN_QUERY]
      : [];
    return { fields, lost, notices, body, bytes: Buffer.byteLength(text) };
  } catch (error) {
    throw failed(error);
  }
}

function urlOf(query: PluginQuery, asked: Asked): string | undefined {
  try {
    return requestUrl(query, asked);
  } catch (error) {
    if (String(error).includes('macro')) return undefined;
    throw failed(error);
  }
}

function failed(error: unknown): Error {
  const message = error instanceof Error ? error.message : String(error);
  if (message.startsWith('panic: ')) return new Error(message, { cause: error });
  return new Error(`error while performing the infinity query. ${message}`, { cause: error });
}

function parsed(text: string): unknown {
  try {
    return parseGoJson(text);
  } catch (error) {
    throw new Error(`unable to parse response body as JSON. ${error instanceof Error ? error.message : ''}`, {
      cause: error,
    });
  }
}

/** The other parsers run in the browser. Without a parser the result depends on the default. */
function isForBackend({ parser, columns, root_selector }: PluginQuery): boolean {
  return parser === 'backend' || (parser === undefined && columns.length === 0 && root_selector === '');
}

function framed(body: unknown, query: PluginQuery): Frame {
  const frame = frameOf(body, query);
  const { fields, lost } = query.format === 'timeseries' ? longToWide(frame) : frame;
  return { fields: fields.map((field) => (field.type === 'time' ? inMillis(field) : field)), lost };
}

function inMillis(field: Frame['fields'][number]): Frame['fields'][number] {
  return {
    ...field,
    values: field.values.map((value) => (typeof value === 'number' ? Math.floor(value) : value)),
  };
}

import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';

interface Asked {
  /** As in the query, for messages about it. */
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * What the plugin reads of an answer; throws with what the panel would show. It reads only the status line of an error.
 */
export async function fetchBody(url: string, { name, headers }: Asked): Promise<string> {
  const response = await answerOf(url, { name, headers });
  const { statusCode = 0, statusMessage = '' } = response;
  const { location } = response.headers;
  if (statusCode >= 300 && statusCode < 400 && location !== undefined) {
    response.resume();
    return fetchBody(new URL(location, url).href, { name, headers });
  }
  const bytes = await buffer(response);
  if (statusCode >= 400)
    throw new Error(`unsuccessful HTTP response code\nstatus code : ${statusCode} ${statusMessage}`);
  if (bytes.length === 0) throw new Error(`empty response body received for the URL ${name}`);
  // No other encoding of a body is decoded.
  const isGzip = response.headers['content-encoding']?.toLowerCase() === 'gzip';
  return (isGzip ? unzipped(bytes) : bytes).toString('utf8').replace(/^\uFEFF/, '');
}

async function answerOf(url: string, { name, headers }: Asked): Promise<IncomingMessage> {
  const { hostname, port } = new URL(url);
  // Not with `URL`, which would clean up the path.
  const path = url.slice(url.indexOf('/', 'http://'.length));
  const asked = request({ hostname, port, path, headers, agent: false });
  asked.end();
  try {
    const [response]: IncomingMessage[] = await once(asked, 'response');
    if (response === undefined) throw new Error('There is no response.');
    return response;
  } catch (error) {
    throw new Error(
      `error getting response from url ${name}. no response received. Error: Get "${url}": ${inGoWords(error)}`,
      { cause: error },
    );
  }
}

function inGoWords(error: unknown): string {
  return String(error).includes('socket hang up') ? 'EOF' : String(error);
}

function unzipped(bytes: Buffer): Buffer {
  try {
    return gunzipSync(bytes);
  } catch (error) {
    throw new Error('unexpected EOF', { cause: error });
  }
}

import { type JsonObject, mapValues, objectIn } from './json.ts';
import { mapOperations } from './paths.ts';

const text = { type: 'string' };

const RETRY_AFTER = {
  'Retry-After': { description: 'Seconds until the next attempt', schema: { type: 'integer' } },
};
const ETAG = { ETag: { description: 'For `If-None-Match`', schema: text } };

/** The headers that belong to a status, for any route. */
const OF_STATUS: Readonly<Record<string, JsonObject>> = {
  304: ETAG,
  401: { 'WWW-Authenticate': { description: 'Basic and Bearer', schema: text } },
  408: RETRY_AFTER,
  429: RETRY_AFTER,
  503: RETRY_AFTER,
};

export function headersOf(status: string): JsonObject {
  return OF_STATUS[status] ?? {};
}

/** Declares the headers that belong to the status of an answer. An answer that may be 304 has an ETag. */
export function withHeaders(paths: JsonObject): JsonObject {
  return mapOperations(paths, (operation) => {
    const responses = objectIn(operation.responses);
    return {
      ...operation,
      responses: mapValues(responses, (one, status) => withOwn(one, status, responses)),
    };
  });
}

function withOwn(response: unknown, status: string, all: JsonObject): JsonObject {
  const own = objectIn(response);
  const isTagged = status === '200' && all[304] !== undefined;
  const eventSeq = status === '304' ? eventSeqOf(all[200]) : {};
  const headers = { ...objectIn(own.headers), ...headersOf(status), ...(isTagged ? ETAG : {}), ...eventSeq };
  return own.$ref !== undefined || Object.keys(headers).length === 0 ? own : { ...own, headers };
}

/** A 304 repeats it. */
function eventSeqOf(full: unknown): JsonObject {
  const declared = objectIn(objectIn(full).headers)['Event-Seq'];
  return declared === undefined ? {} : { 'Event-Seq': declared };
}

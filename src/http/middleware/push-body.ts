import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { BodyBudget } from '../bodies/body-budget.ts';
import { type Body, readBody } from '../bodies/read-body.ts';
import type { HttpSettings } from '../deps.ts';

/** The types that clients of Pushgateway send: `curl --data-binary` declares the text format as a form. */
const TEXT_TYPES: readonly string[] = ['text/plain', 'application/x-www-form-urlencoded'];
const PROTOBUF_TYPE = 'application/vnd.google.protobuf';
const PROTOBUF = `${PROTOBUF_TYPE}; proto=io.prometheus.client.MetricFamily; encoding=delimited`;

export type PushFormat = 'text' | 'protobuf';

/**
 * The declared format of a push. Without a declaration it is text, as with Pushgateway. Throws 415 for any other, with
 * those that are accepted.
 */
export function pushFormat(type: string | undefined): PushFormat {
  if (type === undefined) return 'text';
  const [media = '', ...parameters] = type.split(';').map((part) => part.trim());
  if (TEXT_TYPES.includes(media.toLowerCase())) return 'text';
  if (media.toLowerCase() === PROTOBUF_TYPE && isDelimitedFamilies(parameters)) return 'protobuf';
  throw new HTTPException(415, {
    message: `Content-Type is ${type}: send the text format ("text/plain; version=0.0.4") or delimited protobuf ("${PROTOBUF}").`,
  });
}

function isDelimitedFamilies(parameters: readonly string[]): boolean {
  const given = new Map(parameters.map(toParameter));
  return given.get('proto') === 'io.prometheus.client.MetricFamily' && given.get('encoding') === 'delimited';
}

function toParameter(text: string): [name: string, value: string] {
  const [name = '', ...value] = text.split('=');
  return [
    name.trim().toLowerCase(),
    value
      .join('=')
      .trim()
      .replace(/^"(.*)"$/, '$1'),
  ];
}

/** Reads bodies of pushes, up to the limit for one report. */
export function pushBodyReader(
  { maxReportBytes }: Pick<HttpSettings, 'maxReportBytes'>,
  budget: BodyBudget,
): (c: Context) => Promise<Body> {
  const message = `A push may have at most ${maxReportBytes} bytes. Send less at once.`;
  const limit = { maxBytes: maxReportBytes, tooLarge: () => new HTTPException(413, { message }) };
  return (c) => readBody(c, limit, budget);
}

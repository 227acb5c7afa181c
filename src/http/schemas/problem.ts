import { z } from '@hono/zod-openapi';

export const problem = z
  .object({
    type: z.string().openapi({ example: 'urn:gitops-status-server:problem:invalid' }),
    title: z.string(),
    status: z.number().int(),
    detail: z.string().openapi({ description: 'What happened and what to do about it' }),
    errors: z
      .array(
        z
          .object({
            pointer: z.string().optional().openapi({ description: 'JSON pointer into the body' }),
            parameter: z.string().optional().openapi({ description: 'Query parameter' }),
            detail: z.string(),
          })
          .openapi('FieldError'),
      )
      .optional(),
    request_id: z.string().optional(),
  })
  .openapi('Problem', { description: 'RFC 9457' });

const DESCRIPTIONS = {
  400: 'The body is not JSON, or not UTF-8',
  403: 'Not allowed',
  404: 'Not found',
  408:
    'The body did not arrive in full, or too many large bodies arrived at once and it was the slowest: ' +
    'send it again',
  409:
    'It conflicts with what is stored: another check speaks for the target, a name is taken or is a ' +
    'former name, or a mute or an incident is over. Nothing was changed',
  413: 'The body is too large',
  415: 'Content-Type is not application/json, or the body does not fit its Content-Encoding',
  422: 'The request is not valid; `errors` says where',
  500: 'An error of the server',
  503: 'The server is too busy, or cannot write at the moment: repeat the request after `Retry-After`',
  504: 'The answer took too long: ask for less',
} as const;

/** The error responses of a route, for its OpenAPI description. */
export function problemResponses(...statuses: (keyof typeof DESCRIPTIONS)[]) {
  const content = { 'application/problem+json': { schema: problem } };
  const documented = [...statuses, 500 as const];
  return Object.fromEntries(
    documented.map((status) => [status, { description: DESCRIPTIONS[status], content }]),
  );
}

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
  404: 'There is no such thing',
  408: 'The body did not arrive whole, or was the slowest of more large ones than there is room for: send it again',
  409: 'It contradicts what is there: another check speaks for the target, a name is taken or a former one, or a mute or an incident is over; nothing was changed',
  413: 'The body is too large',
  415: 'The body is not declared as application/json, or not encoded as it says',
  422: 'The request is not valid; `errors` says where',
  500: 'A fault of the server',
  503: 'Too much is waiting, or nothing can be written at the moment: the same request will do later (`Retry-After`)',
  504: 'There was no answer in time: ask for less',
} as const;

/** The error responses of a route, for its OpenAPI description. */
export function problemResponses(...statuses: (keyof typeof DESCRIPTIONS)[]) {
  const content = { 'application/problem+json': { schema: problem } };
  const documented = [...statuses, 500 as const];
  return Object.fromEntries(
    documented.map((status) => [status, { description: DESCRIPTIONS[status], content }]),
  );
}

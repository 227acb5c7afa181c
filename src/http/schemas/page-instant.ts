import { z } from '@hono/zod-openapi';
import { type AskedInstant, readAskedInstant } from './instant.ts';

const WITHOUT_ZONE = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?$/;

/** An instant in the address of a page: a value of the API, or that of a field, which has no zone and is in UTC. */
export const pageInstant = z
  .string({ error: 'must be given once' })
  .optional()
  .transform((text, context): AskedInstant | undefined => {
    if (text === undefined || text === '') return undefined;
    const asked = readAskedInstant(WITHOUT_ZONE.test(text) ? `${text.padEnd(19, ':00')}Z` : text);
    if (typeof asked === 'function') return asked;
    context.addIssue(`must be an instant, such as 2026-04-21T10:32Z or now-6h: ${asked.fault}`);
    return z.NEVER;
  });

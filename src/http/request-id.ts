import { randomUUID } from 'node:crypto';
import type { Context } from 'hono';

declare module 'hono' {
  interface ContextVariableMap {
    requestId: string;
  }
}

/** By which a request can be found in the log. Few are ever asked for it, so it is made when the first does. */
export function requestIdOf(c: Context): string {
  const known: string | undefined = c.get('requestId');
  if (known !== undefined) return known;
  const made = randomUUID();
  c.set('requestId', made);
  return made;
}

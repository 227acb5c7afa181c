import { Hono } from 'hono';
import { DomainError } from '../domain/errors.ts';
import { setSecurityHeaders } from './middleware/security-headers.ts';
import { respondProblem } from './problem.ts';

const FULL =
  'The database cannot be opened, because its disk is full. The server tries again every second: make room.';
const ELSEWHERE =
  'The database cannot be reached, or another process is migrating it. The server tries again every second.';

/** Answers while there is no database yet: the process is alive, but nothing else can be told or recorded. */
export function createWaitingApp(version: string, { isFile }: { isFile: boolean }): Hono {
  const detail = isFile ? FULL : ELSEWHERE;
  const app = new Hono();
  app.use((c, next) => {
    setSecurityHeaders(c);
    return next();
  });
  for (const path of ['/healthz', '/-/healthy']) app.get(path, (c) => c.json({ status: 'ok', version }));
  app.all('*', (c) => respondProblem(c, new DomainError('unavailable', detail)));
  return app;
}

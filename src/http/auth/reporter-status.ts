import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { NAME_PATTERN } from '../../domain/target.ts';
import { mayReport, type Token } from '../../domain/token.ts';
import type { Caller } from './caller.ts';

const STATUS = '/api/v1/status';

/**
 * Whether a token without the scope `read` asks for what its own reports have come to. Throws 403 where it asks for
 * more than the repos that it may report about, each by its name.
 */
export function asksForOwnRepos(c: Context, token: Token): boolean {
  if (c.req.path !== STATUS || !token.scopes.includes('report')) return false;
  const { repo: repos = [], format = [], ...others } = c.req.queries();
  const asked = Object.keys(others)[0] ?? (format.some((one) => one !== 'json') ? 'format' : undefined);
  if (asked !== undefined) throw tooMuch(token, `the parameter ${asked} is not for it`);
  if (repos.length === 0) throw tooMuch(token, 'it must name repos');
  for (const repo of repos) {
    if (!NAME_PATTERN.test(repo)) throw tooMuch(token, `"${repo}" is no name of one repo`);
    if (!mayReport(token, repo)) throw tooMuch(token, `it may not report about the repo ${repo}`);
  }
  return true;
}

/** Whether the caller sees only that: it has passed `asksForOwnRepos`. */
export function isReporter(caller: Caller): boolean {
  return caller.kind === 'bearer' && !caller.token.scopes.includes('read');
}

function tooMuch({ name, scopes }: Token, why: string): HTTPException {
  return new HTTPException(403, {
    message:
      `GET ${STATUS} needs the scope read; the token ${name} has ${scopes.join(', ')}. With the scope report it answers ` +
      `about repos that the token may report about, each by its full name (repo=a&repo=b), and nothing else: ${why}.`,
  });
}

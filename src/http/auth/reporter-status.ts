import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { NAME_PATTERN } from '../../domain/target.ts';
import { mayReport, type Token } from '../../domain/token.ts';
import type { Caller } from './caller.ts';

/** The parameters that may be sent beside repos. */
const PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  '/api/v1/status': ['format'],
  '/api/v1/gate': ['server', 'label', 'commit', 'since', 'max_age', 'expect', 'wait'],
};

/** What a token with only the scope `report` may read. */
export const REPORTER_PATHS: readonly string[] = Object.keys(PARAMETERS);

/**
 * Whether a token without the scope `read` asks about the state of its own repos. Throws 403 if it asks for more than
 * the repos that it may report about, each by its name.
 */
export function asksForOwnRepos(c: Context, token: Token): boolean {
  const allowed = PARAMETERS[c.req.path];
  if (allowed === undefined || !token.scopes.includes('report')) return false;
  const tooMuch = (why: string) => refusal(c.req.path, token, why);
  const { repo: repos = [], ...others } = c.req.queries();
  const asked = Object.keys(others).find((name) => !allowed.includes(name));
  if (asked !== undefined) throw tooMuch(`the parameter ${asked} is not allowed`);
  if (others.format?.some((one) => one !== 'json')) throw tooMuch('the parameter format is not allowed');
  if (repos.length === 0) throw tooMuch('repo= is required');
  for (const repo of repos) {
    if (!NAME_PATTERN.test(repo)) throw tooMuch(`"${repo}" is not the full name of one repo`);
    if (!mayReport(token, repo)) throw tooMuch(`the token may not report about the repo ${repo}`);
  }
  return true;
}

/** Whether the caller may read only that; it has passed `asksForOwnRepos`. */
export function isReporter(caller: Caller): boolean {
  return caller.kind === 'bearer' && !caller.token.scopes.includes('read');
}

function refusal(path: string, { name, scopes }: Token, why: string): HTTPException {
  return new HTTPException(403, {
    message:
      `GET ${path} needs the scope read; the token ${name} has ${scopes.join(', ')}. With the scope report ` +
      `it may ask only about repos that it may report about, each by its full name (repo=a&repo=b): ${why}.`,
  });
}

import { HTTPException } from 'hono/http-exception';
import type { Actor } from '../../domain/action.ts';
import type { Submission } from '../../domain/record/submission.ts';
import type { Target } from '../../domain/target.ts';
import { mayReport, type Token, type TokenScope } from '../../domain/token.ts';

declare module 'hono' {
  interface ContextVariableMap {
    /** Who sent the request. It is set before any route runs. */
    caller: Caller;
  }
}

/** Who sent an allowed request: anyone, where no token is needed, or the bearer of a token. */
export type Caller =
  /** On loopback, before the first token is made, everything is allowed, also what needs the scope `admin`. */
  | { readonly kind: 'anyone'; readonly mayAdminister: boolean }
  /** `scope`: the one that the request needed. */
  | { readonly kind: 'bearer'; readonly token: Token; readonly scope: TokenScope };

/**
 * The actor of the reports, whether it may take over from a check that still speaks for its target, and which repos it
 * may report about.
 */
export function submitterOf(caller: Caller): Pick<Submission, 'actor' | 'mayTakeOver' | 'repos'> {
  if (caller.kind === 'anyone') return { mayTakeOver: caller.mayAdminister };
  const { name, scopes, repos } = caller.token;
  return { actor: name, mayTakeOver: scopes.includes('admin'), repos };
}

/** Who is behind a request, for what it does. */
export function actorOf(caller: Caller): Actor {
  if (caller.kind === 'anyone') return { name: undefined, verified: false };
  return { name: caller.token.name, verified: true };
}

/** Throws 403 where the caller may not report about the repo of one of the reports; then none is recorded. */
export function requireMayReport(caller: Caller, reports: readonly { readonly target: Target }[]): void {
  if (caller.kind === 'anyone' || caller.token.repos === undefined) return;
  const { token } = caller;
  const foreign = reports.find(({ target }) => !mayReport(token, target.repo));
  if (foreign !== undefined) {
    throw new HTTPException(403, {
      message:
        `The token ${token.name} may not report about the repo ${foreign.target.repo}, only about ${token.repos?.join(', ')}. ` +
        'Nothing was recorded.',
    });
  }
}

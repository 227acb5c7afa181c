import { HTTPException } from 'hono/http-exception';
import type { Submission } from '../../domain/record/submission.ts';
import type { Target } from '../../domain/target.ts';
import { mayReport, type Token } from '../../domain/token.ts';

declare module 'hono' {
  interface ContextVariableMap {
    /** Who asks; set before any route is reached. */
    caller: Caller;
  }
}

/** Somebody who was let in: anyone, because what is asked for is open, or the bearer of a token. */
export type Caller =
  /** On loopback, before there is a first token, everything is open: also what takes the scope `admin`. */
  | { readonly kind: 'anyone'; readonly mayAdminister: boolean }
  | { readonly kind: 'bearer'; readonly token: Token };

/** Whose reports they are, and whether they may take over from a check that still speaks for its target. */
export function submitterOf(caller: Caller): Pick<Submission, 'actor' | 'mayTakeOver'> {
  if (caller.kind === 'anyone') return { mayTakeOver: caller.mayAdminister };
  return { actor: caller.token.name, mayTakeOver: caller.token.scopes.includes('admin') };
}

/** Throws 403 where the caller may not speak for the repo of one of the reports: then none is to be recorded. */
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

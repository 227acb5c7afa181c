import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { Actor } from '../../domain/action.ts';
import { invalidFields } from '../../domain/errors.ts';
import { personNameFault } from '../../domain/person.ts';
import type { Submission } from '../../domain/record/submission.ts';
import type { Target } from '../../domain/target.ts';
import { mayReport, type Token, type TokenScope } from '../../domain/token.ts';

declare module 'hono' {
  interface ContextVariableMap {
    /** Who sent the request. It is set before any route runs. */
    caller: Caller;
  }
}

/** Who sent an allowed request: anyone if no token is needed, the bearer of a token, or a person. */
export type Caller =
  /** On loopback everything is allowed before the first token is made, including what needs the scope `admin`. */
  | { readonly kind: 'anyone'; readonly mayAdminister: boolean }
  /** `scope` is the one that let the request in. `repos` is set if a limit to these repos played a part. */
  | {
      readonly kind: 'bearer';
      readonly token: Token;
      readonly scope: TokenScope;
      readonly repos?: readonly string[] | undefined;
    }
  /** Named by a trusted proxy. */
  | Person;

export interface Person {
  readonly kind: 'person';
  readonly name: string;
  /** Whether the person has the role `act`. Everybody may read. */
  readonly mayAct: boolean;
}

/**
 * The actor of the reports, whether it may take over a target from another check, and which repos it may report about.
 */
export function submitterOf(caller: Caller): Pick<Submission, 'actor' | 'mayTakeOver' | 'repos'> {
  switch (caller.kind) {
    case 'anyone':
      return { mayTakeOver: caller.mayAdminister };
    case 'person':
      return { actor: caller.name, mayTakeOver: false };
    case 'bearer': {
      const { name, scopes, repos } = caller.token;
      return { actor: name, mayTakeOver: scopes.includes('admin'), repos };
    }
  }
}

/**
 * Who is behind a request that does something. `by` is a typed name. It counts, as not verified, only if nothing else
 * identifies the person. Throws `invalid` if it can be no name.
 */
export function actorOf(c: Context, by?: string): Actor {
  const caller = c.get('caller');
  if (caller.kind === 'person') return { name: caller.name, verified: true };
  if (caller.kind === 'bearer') return { name: caller.token.name, verified: true };
  const name = by?.trim();
  if (name === undefined || name === '') return { name: undefined, verified: false };
  const fault = personNameFault(name);
  if (fault !== undefined) throw invalidFields([{ parameter: 'by', detail: fault }]);
  return { name, verified: false };
}

/** The same for actions that need a name: others must know whom to ask. */
export function namedActorOf(c: Context, by: string | undefined): Actor {
  const actor = actorOf(c, by);
  if (actor.name === undefined) {
    const detail = 'is required: your name. Neither a token nor a proxy says who you are';
    throw invalidFields([{ parameter: 'by', detail }]);
  }
  return actor;
}

/** Throws 403 if the caller lacks the scope `admin`, for routes that need it for only some requests. */
export function requireAdmin(caller: Caller, what: string): void {
  const isAdmin =
    caller.kind === 'anyone'
      ? caller.mayAdminister
      : caller.kind === 'bearer' && caller.token.scopes.includes('admin');
  if (!isAdmin)
    throw new HTTPException(403, { message: `${what} needs the scope admin; ${rightsOf(caller)}.` });
}

/** What a caller may do, as a refusal says it. */
export function rightsOf(caller: Caller | { readonly kind: 'bearer'; readonly token: Token }): string {
  switch (caller.kind) {
    case 'anyone':
      return 'you sent no token';
    case 'person':
      return `${caller.name} may ${caller.mayAct ? 'read and act' : 'read'}`;
    case 'bearer':
      return `the token ${caller.token.name} has ${caller.token.scopes.join(', ')}`;
  }
}

/** Throws 403 if the caller may not report about the repo of one of the reports; then none is recorded. */
export function requireMayReport(caller: Caller, reports: readonly { readonly target: Target }[]): void {
  if (caller.kind !== 'bearer' || caller.token.repos === undefined) return;
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

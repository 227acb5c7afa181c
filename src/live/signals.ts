import type { Change } from '../domain/changes.ts';
import type { Target } from '../domain/target.ts';

/** A target, and all that was known of it, was deleted. */
interface Forgotten {
  readonly kind: 'forgotten';
  readonly target: Target;
}

/** What happened; whoever has seen it can go on from its id. */
export interface LiveEvent {
  readonly id: string;
  readonly what: Change | Forgotten;
}

/** What a listener is told. */
export type Signal =
  | { readonly kind: 'event'; readonly event: LiveEvent }
  /** What happened before is not told: everything is to be asked for anew. From the id on, all is told. */
  | { readonly kind: 'reset'; readonly id: string }
  /** Nothing; so that a lost connection is noticed. */
  | { readonly kind: 'heartbeat' };

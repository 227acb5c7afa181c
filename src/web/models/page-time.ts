import { DomainError } from '../../domain/errors.ts';
import type { Range } from '../../domain/instant.ts';
import { SPAN_MS, type Span } from '../views/range-nav.tsx';

/** The time of a page according to its address. */
export interface TimeAsked {
  readonly range: Span;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly at?: number | undefined;
}

export interface PageTime {
  /** The instant that the page is about. */
  readonly at: number;
  /** Whether that instant is over: such a page no longer changes. */
  readonly isPast: boolean;
  /** The range of the pictures. */
  readonly range: Range;
  /** Undefined if the range is cut out. */
  readonly span: Span | undefined;
  /** The place of the cursor. */
  readonly cursorAt: number | undefined;
}

/** The span ends at the instant of the page, unless another end is requested. Nothing is after now. */
export function pageTimeOf({ range: span, from, to, at }: TimeAsked, now: number): PageTime {
  const end = Math.min(to ?? (from === undefined ? at : undefined) ?? now, now);
  const start = from ?? end - SPAN_MS[span];
  if (start >= end) {
    throw new DomainError('invalid', '`from` must be before `to`, and before now.', {
      fieldErrors: [{ parameter: 'from', detail: 'must be before `to`, and before now' }],
    });
  }
  const shown = Math.min(at ?? end, now);
  const isInside = at !== undefined && start <= at && at <= end;
  return {
    at: shown,
    isPast: shown < now,
    range: { from: start, to: end },
    span: from === undefined && to === undefined ? span : undefined,
    cursorAt: isInside ? at : undefined,
  };
}

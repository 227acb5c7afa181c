import { DomainError } from '../../domain/errors.ts';
import type { Range } from '../../domain/instant.ts';
import { SPAN_MS, type Span } from '../views/range-nav.tsx';

/** The time of a page as its address has it. */
export interface TimeAsked {
  readonly range: Span;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly at?: number | undefined;
}

export interface PageTime {
  /** The instant that the page is about. */
  readonly at: number;
  /** Whether that is over: such a page does not change any more. */
  readonly isPast: boolean;
  /** What is drawn. */
  readonly range: Range;
  /** Undefined if the range is cut out. */
  readonly span: Span | undefined;
  /** Where the cursor stands. */
  readonly cursorAt: number | undefined;
}

/** The span ends at the instant of the page, unless an end is asked for. Nothing is after now. */
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

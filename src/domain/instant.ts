/** Epoch milliseconds as RFC 3339 in UTC with milliseconds: `2026-04-21T10:32:15.000Z`. */
export function formatInstant(at: number): string {
  return new Date(at).toISOString();
}

/** A half-open span of time, `from <= t < to`, in epoch milliseconds. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

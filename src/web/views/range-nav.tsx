/** The spans of time that pages offer. */
export const SPANS = ['24h', '7d', '30d', '90d'] as const;
export type Span = (typeof SPANS)[number];

const HOUR = 3_600_000;

export const SPAN_MS: Readonly<Record<Span, number>> = {
  '24h': 24 * HOUR,
  '7d': 7 * 24 * HOUR,
  '30d': 30 * 24 * HOUR,
  '90d': 90 * 24 * HOUR,
};

export const SPAN_WORDS: Readonly<Record<Span, string>> = {
  '24h': '24 hours',
  '7d': '7 days',
  '30d': '30 days',
  '90d': '90 days',
};

/** Links to the spans, with the chosen one marked, if it is one of them. */
export function RangeNav({ chosen, linkTo }: { chosen: Span | undefined; linkTo: (span: Span) => string }) {
  return (
    <nav class="ranges" aria-label="Span of time">
      {SPANS.map((span) => (
        <a href={linkTo(span)} {...(span === chosen ? { 'aria-current': 'true' } : {})}>
          {SPAN_WORDS[span]}
        </a>
      ))}
    </nav>
  );
}

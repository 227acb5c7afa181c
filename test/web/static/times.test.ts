import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatAgo, formatSpan } from '../../../src/web/views/words.ts';

/** The part of the script that has to say the same as the server. */
const script: { formatSpan: typeof formatSpan; formatAgo: typeof formatAgo } = await import(
  new URL('../../../src/web/static/script/times.js', import.meta.url).href
);

const span = fc.oneof(fc.integer({ min: -5000, max: 5000 }), fc.integer({ min: 0, max: 400 * 86_400_000 }));

test('the script says spans and ages in the words of the server', () => {
  fc.assert(
    fc.property(span, (ms) => {
      expect(script.formatSpan(ms)).toBe(formatSpan(ms));
      expect(script.formatAgo(-ms, 0)).toBe(formatAgo(-ms, 0));
    }),
  );
});

import { z } from 'zod';
import { matchesGlob } from '../domain/glob.ts';
import { CAUSES } from '../domain/incident.ts';
import { CONDITIONS, type Condition } from '../domain/notify/message.ts';
import type { Route } from '../domain/notify/routing.ts';
import { LABEL_KEY_PATTERN } from '../domain/target.ts';
import { listOf } from './notify-channels.ts';
import { parseSpan } from './quantities.ts';

const EMPTY = 'must not be an empty list: leave the key out if anything may match';
const NOT_TEXT = 'must be a text or a list of texts; a number, true, false and null need quotes';

const pattern = z.string(NOT_TEXT);
/** A text that is never empty, such as the name of a repo. */
const patterns = listOf(
  pattern.refine((text) => text !== '' && text !== '!', 'must not be empty, because no name is empty'),
  EMPTY,
);

/** Patterns for one of a few words: a pattern that matches none of them is misspelled. */
function patternsOf(words: readonly string[], none: string) {
  const known = (text: string) => words.some((word) => matchesGlob(text.replace(/^!/, ''), word));
  return listOf(
    pattern.refine(known, `must match ${words.filter((word) => word !== '').join(', ')}${none}`),
    EMPTY,
  );
}

const span = z.string('must be a span such as 10m').transform((text, context) => {
  const ms = parseSpan(text);
  if (ms !== undefined) return ms;
  context.addIssue('must be a span such as 30s, 10m, 24h or 7d');
  return z.NEVER;
});
/** No wait is also a span. */
const forSpan = z.union(
  [z.literal([0, '0']).transform(() => 0), span],
  'must be 0, or a span such as 30s, 10m, 24h or 7d',
);
const forEach = z.partialRecord(z.enum(CONDITIONS), forSpan);

/**
 * One span for all kinds, or spans for some of them. It is not a union: that would not say which of the spans is wrong.
 */
const forSpans = z.unknown().transform((value, context): z.infer<typeof forEach> => {
  const isMap = typeof value === 'object' && value !== null;
  const parsed = isMap ? forEach.safeParse(value) : forSpan.safeParse(value);
  for (const issue of parsed.error?.issues ?? [])
    context.addIssue({ ...issue, code: 'custom', message: wordsOf(issue) });
  if (typeof parsed.data !== 'number') return parsed.data ?? z.NEVER;
  return Object.fromEntries(CONDITIONS.map((one) => [one, parsed.data]));
});

function wordsOf({ code, message }: { readonly code: string; readonly message: string }): string {
  return code === 'custom'
    ? message
    : `must be 0, or a span, or have one of these for some of ${CONDITIONS.join(', ')}`;
}

const labelKey = z.string().regex(LABEL_KEY_PATTERN, 'is not the name of a label: a-z, then a-z, 0-9 and _');

export const route = z.strictObject(
  {
    repo: patterns.optional(),
    server: patterns.optional(),
    labels: z.record(labelKey, listOf(pattern, EMPTY), 'must be labels and what they match').optional(),
    file: patterns.optional(),
    cause: patternsOf([...CAUSES, ''], ', or be "" if it is not known').optional(),
    state: patternsOf(['OUT_OF_SYNC', 'UNKNOWN', 'STALE'], '').optional(),
    kinds: listOf(z.enum(CONDITIONS, `must be some of ${CONDITIONS.join(', ')}`), EMPTY).optional(),
    for: forSpans.optional(),
    repeat: span.optional(),
    channels: listOf(z.string('must be the name of a channel'), 'must name a channel'),
  },
  'must be a route: what it matches, and its channels',
);

/** The keys of a route, for messages about misspelled ones. */
export const ROUTE_KEYS = Object.keys(route.shape);

export function routeOf({ kinds, for: spans, repeat, channels, ...matchers }: z.infer<typeof route>): Route {
  const forMs: Partial<Record<Condition, number>> | undefined = spans;
  return {
    matchers: withoutUndefined(matchers),
    channels: [...new Set(channels)],
    ...(kinds !== undefined && { conditions: kinds }),
    ...(forMs !== undefined && { forMs }),
    ...(repeat !== undefined && { repeatMs: repeat }),
  };
}

/** Code that compares matchers would take a key with the value undefined for another matcher. */
function withoutUndefined(
  matchers: { readonly [K in keyof Route['matchers']]: Route['matchers'][K] | undefined },
) {
  const { repo, server, labels, file, cause, state } = matchers;
  return {
    ...(repo !== undefined && { repo }),
    ...(server !== undefined && { server }),
    ...(labels !== undefined && { labels }),
    ...(file !== undefined && { file }),
    ...(cause !== undefined && { cause }),
    ...(state !== undefined && { state }),
  };
}

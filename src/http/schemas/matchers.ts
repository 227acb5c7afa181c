import { z } from '@hono/zod-openapi';
import { CAUSES } from '../../domain/incident.ts';
import { type Matchers, matchesText } from '../../domain/notify/matchers.ts';
import { STATES } from '../../domain/state.ts';
import { LABEL_KEY_PATTERN, MAX_LABELS } from '../../domain/target.ts';
import {
  hasNoControlCharacters,
  LABEL_KEY_RULE,
  LABEL_RULES,
  NO_CONTROL_CHARACTERS,
  PLAIN_TEXT,
} from './report-fields.ts';

const MAX_PATTERNS = 100;
/** The characters of names, and `*`; a list in one text would match nothing. */
const NAME_GLOB = /^!?[A-Za-z0-9._\-:@/+~*]{1,255}$/;

const nameGlob = z
  .string()
  .regex(
    NAME_GLOB,
    'is neither a name nor a pattern of names such as web-* or !web-9. Write several as a list',
  );

const fileGlob = z
  .string()
  .min(1, 'must not be empty')
  .max(4096)
  .refine((text) => text !== '!', 'must name something after the !')
  .refine(hasNoControlCharacters, NO_CONTROL_CHARACTERS);

const labelGlob = z.string().max(256).refine(hasNoControlCharacters, NO_CONTROL_CHARACTERS);

/** A pattern that can only name one of these words. */
const globOf = (words: readonly string[], rule: string) =>
  z.string().refine((pattern) => words.some((word) => matchesText([pattern.replace(/^!/, '')], word)), rule);

const causeGlob = globOf(
  [...CAUSES, ''],
  `must be one of ${CAUSES.join(', ')}, or "" for a cause that is not known`,
);
const stateGlob = globOf(
  STATES.filter((state) => state !== 'SYNCED'),
  'must be one of OUT_OF_SYNC, UNKNOWN, STALE',
);

/** One pattern, or a list of them, in the contract. */
const inContract = (title: string, rules: { pattern: string; maxLength?: number }) => {
  const one = { type: 'string' as const, ...rules };
  return {
    title,
    anyOf: [one, { type: 'array' as const, items: one, minItems: 1, maxItems: MAX_PATTERNS }],
  };
};
const NAMES = inContract('NamePatterns', { pattern: NAME_GLOB.source });
const TEXTS = inContract('Patterns', { maxLength: 4096, pattern: PLAIN_TEXT });

const patterns = (pattern: z.ZodType<string, string>, description: string, described = TEXTS) =>
  z
    .union([
      pattern.transform((one) => [one]),
      z
        .array(pattern)
        .min(1, 'must not be empty: leave it out to match everything')
        .max(MAX_PATTERNS, `must be at most ${MAX_PATTERNS} patterns`),
    ])
    .openapi({ description, ...described });

/** The same, and null removes it. */
function removable<S extends z.ZodType>(field: S, described = TEXTS) {
  return field.nullable().openapi({
    title: `${described.title}OrNull`,
    anyOf: [...described.anyOf, { type: 'null' }],
  });
}

/** The matchers of a mute by their names on the wire. All of them must match, each by one of its patterns. */
export const matcherFields = {
  repo: patterns(
    nameGlob,
    'Only these repos: names, or patterns with `*`. A repo must not match a pattern that starts with `!`.',
    NAMES,
  ).optional(),
  server: patterns(nameGlob, 'Only these servers; as `repo`.', NAMES).optional(),
  labels: z
    .record(
      z.string().regex(LABEL_KEY_PATTERN, LABEL_KEY_RULE),
      patterns(labelGlob, 'The empty text matches a target without that label.'),
    )
    .refine((of) => Object.keys(of).length <= MAX_LABELS, `must have at most ${MAX_LABELS} keys`)
    .optional()
    .openapi({
      description: 'Only targets that have all these labels now.',
      example: { env: 'lab' },
      ...LABEL_RULES,
    }),
  file: patterns(
    fileGlob,
    'Only incidents whose files all match. An incident is not covered if some of its files are not named.',
  ).optional(),
  cause: patterns(
    causeGlob,
    'Only incidents with these causes; the empty text is a cause that is not known.',
  ).optional(),
  state: patterns(stateGlob, 'Only problems with these states: OUT_OF_SYNC, UNKNOWN or STALE.').optional(),
};

/** The same in a change: null removes a matcher. */
export const matcherChanges = {
  repo: removable(matcherFields.repo, NAMES),
  server: removable(matcherFields.server, NAMES),
  labels: matcherFields.labels.nullable(),
  file: removable(matcherFields.file),
  cause: removable(matcherFields.cause),
  state: removable(matcherFields.state),
};

interface MatcherFields {
  readonly repo?: string[] | null | undefined;
  readonly server?: string[] | null | undefined;
  readonly labels?: Record<string, string[]> | null | undefined;
  readonly file?: string[] | null | undefined;
  readonly cause?: string[] | null | undefined;
  readonly state?: string[] | null | undefined;
}

export function toMatchers({ repo, server, labels, file, cause, state }: MatcherFields): Matchers {
  return {
    ...(repo && { repo }),
    ...(server && { server }),
    ...(labels && Object.keys(labels).length > 0 && { labels }),
    ...(file && { file }),
    ...(cause && { cause }),
    ...(state && { state }),
  };
}

const given = z.array(z.string()).nullable();

/** The matchers in an answer: null if there is none. */
export const matchersShape = {
  repo: given,
  server: given,
  labels: z.record(z.string(), z.array(z.string())).nullable(),
  file: given,
  cause: given,
  state: given,
};

export function toMatcherFields({ repo, server, labels, file, cause, state }: Matchers) {
  const list = (of: readonly string[] | undefined) => (of === undefined ? null : [...of]);
  return {
    repo: list(repo),
    server: list(server),
    labels:
      labels === undefined
        ? null
        : Object.fromEntries(Object.entries(labels).map(([key, of]): [string, string[]] => [key, [...of]])),
    file: list(file),
    cause: list(cause),
    state: list(state),
  };
}

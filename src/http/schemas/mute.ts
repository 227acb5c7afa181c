import { z } from '@hono/zod-openapi';
import { invalidFields } from '../../domain/errors.ts';
import { formatInstant } from '../../domain/instant.ts';
import { MUTE_STATES, type Mute, type MuteTerms, muteState } from '../../domain/mute.ts';
import { MAX_MUTE_MS, muteFaults } from '../../domain/mute-terms.ts';
import type { MuteMatches } from '../../domain/questions/mute-matches.ts';
import type { Target } from '../../domain/target.ts';
import { instant, postedInstant } from './instant.ts';
import { matcherChanges, matcherFields, matchersShape, toMatcherFields, toMatchers } from './matchers.ts';
import { actorShape } from './muted.ts';
import { hasNoControlCharacters, NO_CONTROL_CHARACTERS, PLAIN_TEXT } from './report-fields.ts';

const MAX_TEXT = 1000;
/** Of 15 digits. */
const MAX_ID = 999_999_999_999_999;
/** The most names that an answer gives of what a mute matches. The numbers count all. */
const MAX_MATCHES = 20;

/** A line that people write about what they do. */
export const spokenText = z
  .string()
  .trim()
  .max(MAX_TEXT, `must be at most ${MAX_TEXT} characters`)
  .refine(hasNoControlCharacters, NO_CONTROL_CHARACTERS)
  .openapi({ pattern: PLAIN_TEXT });

export const typedName = z.string().openapi({
  description:
    'Who does it. It is required if neither a token nor a proxy names you, and is then marked as not ' +
    'verified. Otherwise it is ignored.',
});

/** Who does it, in a request without a body. */
export const byQuery = z.strictObject({ by: typedName.optional() });

const termFields = {
  reason: spokenText
    .min(1, 'must not be empty: others read it')
    .openapi({ example: 'New edge, see OPS-412' }),
  starts_at: postedInstant.optional().openapi({
    type: 'string',
    format: 'date-time',
    description: 'When it begins, within 90 days; now by default, and never earlier.',
  }),
  ends_at: postedInstant.optional().openapi({
    type: 'string',
    format: 'date-time',
    description:
      'When it ends, within 90 days from its start. Required, except with `until_in_sync`: then 90 days by ' +
      'default.',
    example: '2026-04-24T18:00:00Z',
  }),
  until_in_sync: z
    .boolean()
    .optional()
    .openapi({
      description:
        'True: the mute ends for each target as soon as that target is in sync again. It covers the targets ' +
        'that are not in sync when it is made.',
    }),
  by: typedName.optional(),
};

/** The body of a request for a new mute. */
export const muteBody = z.strictObject({ ...matcherFields, ...termFields }).openapi('NewMute', {
  example: {
    repo: 'nginx',
    server: 'nginx-lab',
    file: 'nginx/*',
    reason: 'New edge, see OPS-412',
    ends_at: '2026-04-24T18:00:00Z',
  },
});

/** The changes to a mute: a field that is left out stays, and null removes a matcher. */
export const muteChange = z
  .strictObject({
    ...matcherChanges,
    ...termFields,
    reason: termFields.reason.optional(),
  })
  .openapi('MuteChange', { example: { ends_at: '2026-04-25T18:00:00Z', file: null } });

export type MuteBody = z.output<typeof muteBody>;
type MuteChange = z.output<typeof muteChange>;

/** The terms of a new mute. Throws `invalid` if they cannot be. */
export function newTerms(body: MuteBody, now: number): MuteTerms {
  const startsAt = Math.max(body.starts_at ?? now, now);
  const untilInSync = body.until_in_sync ?? false;
  const endsAt = body.ends_at ?? (untilInSync ? startsAt + MAX_MUTE_MS : undefined);
  if (endsAt === undefined) {
    throw invalidFields([{ pointer: '/ends_at', detail: 'is required, unless until_in_sync is true' }]);
  }
  return valid({ matchers: toMatchers(body), reason: body.reason, startsAt, endsAt, untilInSync }, now);
}

/** The terms of a mute after a change. Throws `invalid` if they cannot be. */
export function changedTerms(before: Mute, change: MuteChange, now: number): MuteTerms {
  const { starts_at: startsAt = before.startsAt } = change;
  const terms = {
    matchers: toMatchers({ ...toMatcherFields(before.matchers), ...given(change) }),
    reason: change.reason ?? before.reason,
    // Nothing begins in the past, except for a mute that has begun.
    startsAt: Math.max(startsAt, Math.min(before.startsAt, now)),
    endsAt: change.ends_at ?? before.endsAt,
    untilInSync: change.until_in_sync ?? before.untilInSync,
  };
  return valid(terms, now);
}

/** Only the matchers that a change names. */
function given({ repo, server, labels, file, cause, state }: MuteChange) {
  return Object.fromEntries(
    Object.entries({ repo, server, labels, file, cause, state }).filter(([, value]) => value !== undefined),
  );
}

function valid(terms: MuteTerms, now: number): MuteTerms {
  const faults = muteFaults(terms, now);
  if (faults.length > 0) throw invalidFields(faults);
  return terms;
}

const target = {
  name: z.string().openapi({ description: 'Repo and server in one text' }),
  repo: z.string(),
  server: z.string(),
};

export const muteMatches = z
  .object({
    targets: z.number().int(),
    incidents: z.number().int().openapi({ description: 'How many open incidents it matches' }),
    first_targets: z
      .array(z.object(target).openapi('MatchedTarget'))
      .openapi({ description: `The first ${MAX_MATCHES}, by name` }),
    first_incidents: z.array(z.object({ id: z.number().int(), ...target }).openapi('MatchedIncident')),
  })
  .openapi({ title: 'MuteMatches' });

export const muteRow = z
  .object({
    id: z.number().int(),
    status: z.enum(MUTE_STATES).openapi({ title: 'MuteStatus' }),
    ...matchersShape,
    reason: z.string(),
    ...actorShape,
    created_at: instant,
    starts_at: instant,
    ends_at: instant.openapi({ description: 'It ends then at the latest' }),
    until_in_sync: z.boolean(),
    ended_at: instant.nullable().openapi({
      description: 'When it ended; null before that. After an end at `ends_at` it may stay null for a moment',
    }),
    ended_by: z.string().nullable().openapi({ description: 'Null if it ended by itself' }),
    matches: muteMatches.nullable().openapi({ description: 'What it matches now; null if it is over' }),
  })
  .openapi('Mute');

export function toMuteRow(
  mute: Mute,
  { at, matches }: { at: number; matches: MuteMatches | undefined },
): z.infer<typeof muteRow> {
  return {
    id: mute.id,
    status: muteState(mute, at),
    ...toMatcherFields(mute.matchers),
    reason: mute.reason,
    by: mute.by.name ?? null,
    by_verified: mute.by.verified,
    created_at: formatInstant(mute.createdAt),
    starts_at: formatInstant(mute.startsAt),
    ends_at: formatInstant(mute.endsAt),
    until_in_sync: mute.untilInSync,
    ended_at: mute.endedAt === undefined ? null : formatInstant(mute.endedAt),
    ended_by: mute.endedBy?.name ?? null,
    matches: matches === undefined ? null : toMatches(matches),
  };
}

export function toMatches({ targets, incidents }: MuteMatches): z.infer<typeof muteMatches> {
  return {
    targets: targets.length,
    incidents: incidents.length,
    first_targets: targets.slice(0, MAX_MATCHES).map(named),
    first_incidents: incidents.slice(0, MAX_MATCHES).map(({ id, ...of }) => ({ id, ...named(of) })),
  };
}

function named({ repo, server }: Target) {
  return { name: `${repo} on ${server}`, repo, server };
}

/** An id in a path. */
export const idParam = z.object({
  id: z
    .string()
    .regex(/^[1-9]\d{0,14}$/, 'must be a whole number')
    .transform(Number)
    .openapi({ type: 'integer', minimum: 1, maximum: MAX_ID, param: { name: 'id', in: 'path' } }),
});

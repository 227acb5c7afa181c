import { z } from '@hono/zod-openapi';
import { MIN_DIGITS } from '../../domain/commit.ts';
import { type GateQuestion, MAX_TOLD } from '../../domain/questions/gate.ts';
import { STATES } from '../../domain/state.ts';
import { isUnresolved, parseFilterValues, parseLabelValues } from '../filter-values.ts';
import { ASKED_INSTANT, type AskedInstant, instant, readAskedInstant } from './instant.ts';
import { LABEL_IN_CONTRACT, labelParam } from './label-param.ts';
import { NAME_IN_CONTRACT } from './names.ts';
import { problem } from './problem.ts';
import { INSTANTS, once, targetName, toNumber } from './query.ts';

const MAX_WAIT_S = 300;
const MAX_EXPECT = 1_000_000;
const MAX_COMMIT_LENGTH = 255;

// Elsewhere an empty value, or an unresolved variable, counts as not sent. In a gate it would ask about other or fewer
// targets than were meant.
const NOT_EMPTY = 'must not be empty';

const given = z
  .string(once)
  .trim()
  .min(1, { error: NOT_EMPTY, abort: true })
  .refine((text) => !isUnresolved(text), {
    error: 'is a variable that was not replaced by a value',
    abort: true,
  });

/** Names; undefined if `*` alone asks for all. */
function names(name: 'repo' | 'server') {
  return z
    .union([z.string(), z.array(z.string())])
    .optional()
    .transform((asked, context) => {
      const texts = [asked ?? []].flat().map((text) => text.trim());
      if (texts.length === 1 && texts[0] === '*') return [];
      const values = texts.map((text) => (isUnresolved(text) ? [] : parseFilterValues(text)));
      const empty = values.findIndex((one) => one.length === 0);
      if (empty === -1) return [...new Set(values.flat())];
      const text = texts[empty] ?? '';
      context.addIssue(text === '' ? NOT_EMPTY : `must be names, or only * for all; "${text}" is neither`);
      return z.NEVER;
    })
    .pipe(z.array(targetName))
    .transform((values) => (values.length === 0 ? undefined : values))
    .openapi({
      param: { name, in: 'query', explode: true },
      description: `Only these ${name}s. Each must match at least one target; with repo and server, each pair must.`,
      type: 'array',
      items: { type: 'string', pattern: `^\\*$|${NAME_IN_CONTRACT}` },
    });
}

const labels = labelParam({
  name: 'label',
  description: 'Only targets that have these labels now, each as `key:value`.',
});

/** Values that would count as not sent elsewhere are refused. */
const label = z
  .union([z.string(), z.array(z.string())])
  .optional()
  .transform((asked, context) => {
    const texts = [asked ?? []].flat();
    const empty = texts.find((text) => parseLabelValues(text).length === 0);
    if (empty === undefined) return asked;
    context.addIssue(empty.trim() === '' ? NOT_EMPTY : `must be label=key:value; "${empty}" is not`);
    return z.NEVER;
  })
  .pipe(labels)
  .openapi({
    param: { name: 'label', in: 'query', style: 'form', explode: true },
    type: 'array',
    items: { type: 'string', pattern: LABEL_IN_CONTRACT },
  });

const commit = given
  .min(MIN_DIGITS, `must have at least ${MIN_DIGITS} characters: a shorter one may mean several commits`)
  .max(MAX_COMMIT_LENGTH)
  .transform((text) => text.toLowerCase())
  .optional()
  .openapi({
    description:
      `The commit that each target must be at, or its first ${MIN_DIGITS} or more digits. A target whose ` +
      'reports name no commit never passes.',
    type: 'string',
    minLength: MIN_DIGITS,
    maxLength: MAX_COMMIT_LENGTH,
  });

const since = given
  .transform((text, context): AskedInstant => {
    const asked = readAskedInstant(text);
    if (typeof asked === 'function') return asked;
    context.addIssue(`must be ${INSTANTS}: ${asked.fault}`);
    return z.NEVER;
  })
  .optional()
  .openapi({
    description: `The last check must have begun then, or later: \`last_check\` less \`duration_ms\`. ${INSTANTS}.`,
    type: 'string',
    minLength: 1,
    pattern: ASKED_INSTANT,
  });

const UNIT_S: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 };
const SPAN = /^(\d{1,9})([smhd]?)$/;

function seconds({ min, max, description }: { min: number; max: number; description: string }) {
  const rule = `must be ${min} to ${max} seconds, such as 90, 90s or 5m`;
  return given
    .transform((text) => {
      const [, count = '', unit = ''] = SPAN.exec(text) ?? [];
      return count === '' ? Number.NaN : Number(count) * (UNIT_S[unit] ?? Number.NaN);
    })
    .pipe(z.number(rule).min(min, rule).max(max, rule))
    .optional()
    .openapi({ description, type: 'string', pattern: SPAN.source, example: '50' });
}

const expectRule = `must be a whole number from 1 to ${MAX_EXPECT}`;

export const gateQuery = z.strictObject({
  repo: names('repo'),
  server: names('server'),
  label,
  commit,
  since,
  max_age: seconds({
    min: 1,
    max: 999_999_999,
    description:
      'How old the last check may be, such as 90, 90s or 15m. Without it, the target must not be stale.',
  }),
  expect: given
    .transform(toNumber)
    .pipe(z.number(expectRule).int(expectRule).min(1, expectRule).max(MAX_EXPECT, expectRule))
    .optional()
    .openapi({
      description: 'How many targets must match, at least.',
      type: 'integer',
      minimum: 1,
      maximum: MAX_EXPECT,
    }),
  wait: seconds({
    min: 0,
    max: MAX_WAIT_S,
    description: `How long the request is held until all pass, up to ${MAX_WAIT_S} s. A proxy in between must wait longer.`,
  }),
});

/** The question, once now is known. */
export function toGateQuestion(query: z.output<typeof gateQuery>, now: number): GateQuestion {
  const { repo: repos, server: servers, label: asked, max_age } = query;
  return {
    filter: { ...(repos && { repos }), ...(servers && { servers }), ...(asked && { labels: asked }) },
    commit: query.commit,
    since: query.since?.(now),
    maxAgeMs: max_age === undefined ? undefined : max_age * 1000,
    expect: query.expect,
  };
}

export const gatePassed = z
  .object({
    targets: z.array(
      z
        .object({
          repo: z.string(),
          server: z.string(),
          checked_at: instant,
          commit: z.string().nullable(),
        })
        .openapi('PassedTarget'),
    ),
  })
  .openapi('GatePassed');

export const gateBlocked = z
  .object({
    ...problem.shape,
    matched: z.number().int().openapi({ description: 'How many targets match' }),
    blocking_count: z.number().int().openapi({ description: 'How many of them do not pass' }),
    blocking: z
      .array(
        z
          .object({ repo: z.string(), server: z.string(), state: z.enum(STATES), reason: z.string() })
          .openapi('BlockingTarget'),
      )
      .openapi({ description: `The first ${MAX_TOLD} that do not pass, and why` }),
    missing_count: z.number().int().openapi({ description: 'How many names or pairs match no target' }),
    missing: z
      .array(
        z
          .object({ repo: z.string().nullable(), server: z.string().nullable(), reason: z.string() })
          .openapi('MissingName'),
      )
      .openapi({ description: `The first ${MAX_TOLD} names or pairs that are asked for and do not match` }),
  })
  .openapi('GateBlocked');

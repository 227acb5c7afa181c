import { z } from '@hono/zod-openapi';
import { invalidFields } from '../../domain/errors.ts';
import type { Matchers } from '../../domain/notify/matchers.ts';
import { LABEL_KEY_PATTERN } from '../../domain/target.ts';
import { faultsIn } from '../problem.ts';
import { matcherFields, toMatchers } from './matchers.ts';

/** Each may be repeated; nothing is split, because a file or a label may contain any character. */
const repeated = (name: string, description: string) =>
  z
    .union([z.string(), z.array(z.string())])
    .optional()
    .openapi({
      param: { name, in: 'query', explode: true, description },
      type: 'array',
      items: { type: 'string' },
    });

/** The matchers of a mute in a query, as in its body; labels are `key:value`. */
export const matcherParams = {
  repo: repeated('repo', 'As in the body of a mute; repeat it for several patterns.'),
  server: repeated('server', 'As `repo`.'),
  label: repeated('label', 'Each as `key:value`. Every key must match, with any of its values.'),
  file: repeated('file', 'As `repo`.'),
  cause: repeated('cause', 'As `repo`.'),
  state: repeated('state', 'As `repo`.'),
  until_in_sync: z.enum(['true', 'false', ''], 'must be true or false').optional().openapi({
    type: 'boolean',
    description:
      'Whether the mute is one until in sync again, which matches only targets that are not in sync.',
  }),
};

type Values = string | readonly string[] | undefined;

export interface MatchersAsked {
  readonly repo?: Values;
  readonly server?: Values;
  readonly label?: Values;
  readonly file?: Values;
  readonly cause?: Values;
  readonly state?: Values;
}

const matchersBody = z.strictObject(matcherFields);

/** Throws `invalid` if one of them cannot be. */
export function matchersInQuery(asked: MatchersAsked): Matchers {
  const parsed = matchersBody.safeParse(toFields(asked));
  if (parsed.success) return toMatchers(parsed.data);
  throw invalidFields(
    faultsIn(parsed.error, 'query').map(({ parameter = '', detail }) => ({
      parameter: parameter === 'labels' ? 'label' : parameter,
      detail,
    })),
  );
}

/** The same as fields of a body. Empty values, as forms send them, are left out. */
export function toFields({ repo, server, label, file, cause, state }: MatchersAsked) {
  const fields = { repo: listed(repo), server: listed(server), file: listed(file), state: listed(state) };
  return {
    ...Object.fromEntries(Object.entries(fields).filter(([, list]) => list.length > 0)),
    // An unknown cause is the empty text in a body, and `unknown` in a query.
    ...(listed(cause).length > 0 && {
      cause: listed(cause).map((one) =>
        one.replace(/^!/, '') === 'unknown' ? one.replace('unknown', '') : one,
      ),
    }),
    ...(listed(label).length > 0 && { labels: labelsIn(listed(label)) }),
  };
}

function listed(values: Values): string[] {
  return [values ?? []].flat().filter((value) => value.trim() !== '');
}

function labelsIn(given: readonly string[]): Record<string, string[]> {
  const labels: Record<string, string[]> = {};
  for (const one of given) {
    const at = one.indexOf(':');
    const key = at < 0 ? '' : one.slice(0, at);
    if (!LABEL_KEY_PATTERN.test(key)) {
      const detail = `must be key:value, such as env:prod, not ${one.slice(0, 100)}`;
      throw invalidFields([{ parameter: 'label', detail }]);
    }
    labels[key] = [...(labels[key] ?? []), one.slice(at + 1)];
  }
  return labels;
}

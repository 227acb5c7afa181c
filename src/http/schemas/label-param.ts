import { z } from '@hono/zod-openapi';
import { LABEL_KEY_PATTERN } from '../../domain/target.ts';
import { parseLabelValues } from '../filter-values.ts';
import { hasNoControlCharacters, LABEL_KEY_RULE, NO_CONTROL_CHARACTERS } from './report-fields.ts';

const MAX_VALUE = 255;

/** The rule for a requested label, in the contract. */
export const LABEL_IN_CONTRACT = '^[a-z][a-z0-9_]{0,62}:[^\\x00-\\x1f\\x7f-\\x9f]{1,255}$';

const IN_GRAFANA = `in Grafana write \${label:customqueryparam:label} into the URL`;

/**
 * Each is `key:value`, as in `label=env:prod&label=env:test`. A value is never split: it may have commas and braces.
 */
export function labelParam({ name, description }: { name: string; description: string }) {
  return z
    .union([z.string(), z.array(z.string())])
    .optional()
    .transform((given, context) => {
      const labels = parseLabelValues(given ?? []);
      const faults = labels.map(faultOf).filter((fault) => fault !== undefined);
      for (const fault of new Set(faults)) context.addIssue(fault);
      return labels.length === 0 ? undefined : labels;
    })
    .openapi({
      param: {
        name,
        in: 'query',
        style: 'form',
        explode: true,
        description,
        examples: {
          one: { summary: 'Of production', value: ['env:prod'] },
          several: {
            summary: 'Of production or test, and of the team core',
            value: ['env:prod', 'env:test', 'team:core'],
          },
        },
      },
      type: 'array',
      items: { type: 'string', pattern: LABEL_IN_CONTRACT },
    });
}

/** What is wrong with a requested label; undefined if nothing is. */
function faultOf(text: string): string | undefined {
  if (/^[{[(]/.test(text)) {
    return `must be label=key:value; a list is not split, so repeat label= for each one; ${IN_GRAFANA}`;
  }
  const colon = text.indexOf(':');
  if (colon === -1) return 'must be label=key:value, such as label=env:prod';
  if (!LABEL_KEY_PATTERN.test(text.slice(0, colon)))
    return `must be label=key:value; the key ${LABEL_KEY_RULE}`;
  const value = text.slice(colon + 1);
  if (value === '' || value.length > MAX_VALUE)
    return `must be label=key:value; the value must be 1 to ${MAX_VALUE} characters`;
  return hasNoControlCharacters(value)
    ? undefined
    : `must be label=key:value; the value ${NO_CONTROL_CHARACTERS}`;
}

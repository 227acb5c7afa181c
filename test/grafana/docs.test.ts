import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { columnsOf, ENDPOINT_NAMES } from '../../grafana/src/endpoints.ts';
import { startService } from '../http/service.ts';
import { type Panel, panel } from './infinity-model.ts';
import { problemsOf } from './panel-rules.ts';
import { runQuery } from './plugin.ts';
import { demoFleet, RunningServer } from './running-server.ts';
import { readShipped } from './shipped.ts';
import { FORMAT_NAMES, interpolate } from './template.ts';
import { Viewer } from './viewer.ts';

const openapi = await startService().json('/openapi.json');

const DOCS = readShipped('docs/grafana.md');

/** The panels to paste, in the form of the dashboards. */
const PANELS: readonly Panel[] = [...DOCS.matchAll(/```json\n([\s\S]*?)```/g)].map(([, text = '']) =>
  panel.parse({ id: 1, gridPos: { x: 0, y: 0, w: 12, h: 8 }, ...JSON.parse(text) }),
);

describe('the panels to paste', () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await RunningServer.start(demoFleet(40, 4));
  });
  afterAll(() => server.stop());

  test('are three', () => {
    expect(PANELS.map(({ title }) => title)).toEqual([
      'Top drifting files',
      'Time to resolve, by repo',
      'Stale now',
    ]);
  });

  test.each(PANELS.map((one) => [one.title, one] as const))('%s shows something', async (_, one) => {
    const [query] = one.targets;
    if (query === undefined) throw new Error('The panel asks nothing.');
    const { range } = new Viewer('', {}, 4 * 24 * 3_600_000);
    // As in a dashboard without variables.
    const fill = (text: string) => interpolate(text, { picks: {}, scoped: { __interval_ms: '60000' } });
    const answer = await runQuery(query, { baseUrl: server.url, range, interpolate: fill });
    expect(problemsOf(one, answer)).toEqual([]);
    expect(answer.notices).toEqual([]);
    expect(answer.fields[0]?.values.length).toBeGreaterThan(0);
  });
});

/** Endpoint to column to type, from the table of the docs. */
const DOCUMENTED = new Map(
  [...DOCS.matchAll(/^\| `(\/grafana\/[^`]+)` \| .* \| ([^|]+) \|$/gm)].map(
    ([, endpoint = '', cell = '']) => [
      endpoint,
      Object.fromEntries(
        cell.split('; ').flatMap((part) => {
          const [type = '', names = ''] = part.split(': ');
          return [...names.matchAll(/`(\w+)`/g)].map(([, name = '']) => [name, type.trim()]);
        }),
      ),
    ],
  ),
);

describe('the columns in the docs', () => {
  test('are those that panels can ask for, for every endpoint, with their types', () => {
    expect([...DOCUMENTED.keys()].sort()).toEqual([...ENDPOINT_NAMES].sort());
    for (const name of ENDPOINT_NAMES) expect(DOCUMENTED.get(name), name).toEqual(columnsOf(name));
  });

  const JSON_TYPES: Readonly<Record<string, readonly string[]>> = {
    string: ['string'],
    number: ['number', 'integer'],
    boolean: ['boolean'],
    timestamp: ['date-time'],
    timestamp_epoch: ['number', 'integer'],
  };

  test.each(ENDPOINT_NAMES)('%s has these columns in its contract, and no others', (name) => {
    const columns = columnsOf(name);
    const properties = rowPropertiesOf(name);
    expect(new Set(properties.keys())).toEqual(new Set(Object.keys(columns)));
    for (const [column, types] of properties) {
      const expected = JSON_TYPES[columns[column] ?? ''] ?? [];
      expect(
        types.filter((type) => type !== 'null' && !expected.includes(type)),
        column,
      ).toEqual([]);
    }
  });
});

const type = z.union([z.string(), z.array(z.string())]).optional();
const property = z.looseObject({
  type,
  format: z.string().optional(),
  anyOf: z.array(z.looseObject({ type })).default([]),
});
const row = z.looseObject({ properties: z.record(z.string(), property) });
const list = z.looseObject({ items: z.union([z.looseObject({ anyOf: z.array(row) }), row]) });
const page = z.looseObject({ properties: z.looseObject({ rows: list }) });
const answer = z.looseObject({
  content: z.looseObject({ 'application/json': z.looseObject({ schema: z.unknown() }) }),
});
const contract = z.looseObject({
  paths: z.record(
    z.string(),
    z.looseObject({ get: z.looseObject({ responses: z.looseObject({ 200: z.unknown() }) }).optional() }),
  ),
  components: z.looseObject({ schemas: z.record(z.string(), z.unknown()) }),
});

/** The properties of an endpoint's rows, of any kind, with their JSON types. */
function rowPropertiesOf(path: string): Map<string, string[]> {
  const document = contract.parse(openapi);
  const found = new Map<string, string[]>();
  for (const { properties } of rowsOf(path, document)) {
    for (const [name, { type, format, anyOf }] of Object.entries(properties)) {
      const types = [type, ...anyOf.map((one) => one.type)].flat().filter((one) => one !== undefined);
      found.set(name, [...(found.get(name) ?? []), ...(format === 'date-time' ? [format] : types)]);
    }
  }
  return found;
}

/** The possible rows: the items of the list, or of the rows of a page. */
function rowsOf(
  path: string,
  { paths, components }: z.infer<typeof contract>,
): readonly z.infer<typeof row>[] {
  const described = answer.parse(inlined(paths[path]?.get?.responses[200], components.schemas));
  const { schema } = described.content['application/json'];
  const { items } = page.safeParse(schema).data?.properties.rows ?? list.parse(schema);
  return z.looseObject({ anyOf: z.array(row) }).safeParse(items).data?.anyOf ?? [row.parse(items)];
}

/** The same with each named schema in place of its name. */
function inlined(value: unknown, schemas: Readonly<Record<string, unknown>>): unknown {
  if (Array.isArray(value)) return value.map((one) => inlined(one, schemas));
  const object = z.record(z.string(), z.unknown()).safeParse(value).data;
  if (object === undefined) return value;
  if (typeof object.$ref === 'string') return inlined(schemas[object.$ref.split('/').at(-1) ?? ''], schemas);
  return Object.fromEntries(Object.entries(object).map(([key, one]) => [key, inlined(one, schemas)]));
}

test('the docs name the formats of variables that work, and those that do not', () => {
  const named = DOCS.slice(DOCS.indexOf('**Formats of variables.**'), DOCS.indexOf('## Panels of your own'));
  for (const format of FORMAT_NAMES) expect(named).toContain(`\`${format}\``);
  expect(named).toMatch(/`text` does not/);
});

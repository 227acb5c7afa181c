import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { EVENT_KINDS } from '../../src/domain/event.ts';
import { documentShape, type Json, json, validatorOf } from './contract-document.ts';
import { aDrift, startService } from './service.ts';

// Rules over the whole document, so that they hold for a new route too.

const at = startService();
const contract = documentShape.parse(await at.json('/openapi.json'));
const { schemas, responses: shared } = contract.components;
const operations = Object.entries(contract.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    ...operation,
    method,
    path,
    name: `${method} ${path}`,
  })),
);
const bodies = operations.flatMap(({ name, requestBody, responses }) => [
  ...Object.entries(requestBody?.content ?? {}).map(([type, { schema }]) => ({
    name: `${name} body`,
    type,
    schema,
  })),
  ...Object.entries(responses).flatMap(([status, { content }]) =>
    Object.entries(content).map(([type, { schema }]) => ({ name: `${name} ${status}`, type, schema })),
  ),
]);

/** Types of a body without a form of their own: a list and a page look as their rows do. */
function withoutExample(body: unknown): string[] {
  const name = String(json.parse(body).$ref).replace(/^.*\//, '');
  const schema = schemas[name] ?? {};
  if (schema.examples !== undefined || schema.example !== undefined) return [];
  const { rows } = json.safeParse(schema.properties).data ?? {};
  const parts = [schema.items, schema.anyOf, schema.oneOf, json.safeParse(rows).data?.items];
  const inner = parts.flat().filter((part) => part !== undefined);
  return inner.length === 0 ? [name] : inner.flatMap(withoutExample);
}

/** Every schema within a value, with its path. */
function* within(value: unknown, way: string): Generator<[way: string, schema: Json]> {
  if (Array.isArray(value)) {
    for (const [i, one] of value.entries()) yield* within(one, `${way}/${i}`);
  } else if (json.safeParse(value).success) {
    const object = json.parse(value);
    yield [way, object];
    for (const [key, one] of Object.entries(object)) {
      if (key !== 'example' && key !== 'examples' && key !== 'if' && key !== 'then')
        yield* within(one, `${way}/${key}`);
    }
  }
}
const everything = [...within({ schemas, paths: contract.paths }, '')];

const { isValid, fault } = validatorOf(contract);

describe('the document that clients are generated from', () => {
  test('names its licence, its server and each tag, with one sentence', () => {
    expect(contract.info.license).toEqual({ name: 'MIT', identifier: 'MIT' });
    expect(contract.servers).toEqual([{ url: expect.stringMatching(/^http/) }]);
    for (const { description } of contract.tags) expect(description).toMatch(/^[A-Z][^.]*\.$/);
  });

  test.each(operations)('$name has a verb for a name, and one known tag', ({ operationId, tags }) => {
    expect(operationId).toMatch(
      /^(acknowledge|add|change|check|create|declare|delete|end|export|follow|get|list|mute|preview|push|record|rename|send|test|wait)[A-Z][A-Za-z]*$/,
    );
    expect(contract.tags.map(({ name }) => name)).toEqual(expect.arrayContaining(tags));
    expect(tags).toHaveLength(1);
  });

  test('no name is given twice', () => {
    const names = operations.map(({ operationId }) => operationId);
    expect(new Set(names).size).toBe(names.length);
  });

  test('every JSON body is a named schema', () => {
    const unnamed = bodies.filter(({ type, schema }) => type.endsWith('json') && schema.$ref === undefined);
    expect(unnamed).toEqual([]);
    expect(bodies.length).toBeGreaterThan(100);
  });

  test('every row and enum is a named schema', () => {
    const inline = everything.filter(
      ([way, { properties, enum: values }]) =>
        !/^\/schemas\/[^/]+$/.test(way) &&
        (json.safeParse(properties).success || (Array.isArray(values) && values.length > 1)) &&
        !way.endsWith('/properties'),
    );
    expect(inline.map(([way]) => way)).toEqual([]);
  });

  test('no schema has a property of its own name: generated Python would mix them up', () => {
    const snake = (name: string) => name.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toLowerCase();
    const own = Object.entries(schemas).filter(([name, { properties }]) => snake(name) in Object(properties));
    expect(own.map(([name]) => name)).toEqual([]);
  });

  test('a named schema never allows null: its use says so, by anyOf', () => {
    const nullable = Object.entries(schemas).filter(([, { type, enum: values }]) =>
      [type, values].flat().some((one) => one === 'null' || one === null),
    );
    expect(nullable).toEqual([]);
    expect(schemas.Status).toMatchObject({
      properties: {
        incident: { anyOf: [{ $ref: '#/components/schemas/StatusIncident' }, { type: 'null' }] },
      },
    });
  });

  test('no answer is rows or CSV: the CSV of a list has its own path', () => {
    const mixed = operations.filter(({ responses }) => {
      const types = Object.keys(responses[200]?.content ?? {});
      return types.includes('text/csv') && types.length > 1;
    });
    expect(mixed).toEqual([]);
    expect(contract.paths['/api/v1/status.csv']?.get?.responses[200]?.content).toHaveProperty(['text/csv']);
  });

  test('other spellings are left out', () => {
    const names = operations.flatMap(({ parameters }) => parameters.map(({ name }) => name));
    expect(names.filter((name) => name.startsWith('var-'))).toEqual([]);
    expect(Object.keys(contract.paths['/status.json'] ?? {})).toEqual(['get']);
    expect(Object.keys(contract.paths['/'] ?? {})).toEqual(['get']);
  });

  test('every integer has its limits', () => {
    const integers = everything.filter(([, { type }]) => [type].flat().includes('integer'));
    expect(integers.filter(([, { format }]) => format !== 'int32' && format !== 'int64')).toEqual([]);
    expect(schemas.Event).toMatchObject({ properties: { seq: { format: 'int64' } } });
  });

  test.each(bodies.filter(({ type }) => type.endsWith('json')))(
    '$name, $type: has an example',
    ({ schema }) => {
      expect(withoutExample(schema)).toEqual([]);
    },
  );

  test('every example is valid', () => {
    const examples = Object.entries(schemas).flatMap(([name, { examples: all = [], example }]) =>
      [all, example ?? []].flat().map((one) => [name, one] as const),
    );
    expect(
      examples.flatMap(([name, example]) => (isValid(name, example) ? [] : [`${name}: ${fault()}`])),
    ).toEqual([]);
  });
});

describe('the answers of an operation', () => {
  const headersOf = (status: string, { $ref, headers }: (typeof operations)[number]['responses'][string]) =>
    Object.keys($ref === undefined ? headers : (shared[$ref.replace(/^.*\//, '')]?.headers ?? {})).map(
      (one) => `${status} ${one}`,
    );

  test.each(operations)('$name declares the headers that go with a status', ({ responses }) => {
    const declared = Object.entries(responses).flatMap(([status, response]) => headersOf(status, response));
    for (const [status, header] of [
      ['304', 'ETag'],
      ['401', 'WWW-Authenticate'],
      ['408', 'Retry-After'],
      ['429', 'Retry-After'],
      ['503', 'Retry-After'],
    ] as const) {
      if (responses[status] !== undefined) expect(declared).toContain(`${status} ${header}`);
    }
    if (responses[304] !== undefined) expect(declared).toContain('200 ETag');
  });

  test('the lists have a header with the number of rows, the status one with where events continue', () => {
    expect(contract.paths['/api/v1/incidents']?.get?.responses[200]?.headers).toHaveProperty('X-Total-Count');
    expect(contract.paths['/api/v1/status']?.get?.responses[200]?.headers).toHaveProperty('Event-Seq');
    expect(contract.paths['/api/v1/status']?.get?.responses[304]?.headers).toHaveProperty('Event-Seq');
  });

  test.each(
    operations.filter(
      ({ method, path }) => method === 'get' && !path.startsWith('/-/') && !/z$|events$/.test(path),
    ),
  )('$name may be refused by the workers', ({ responses }) => {
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(['503', '504']));
  });

  test('the stream: its events, target_deleted too, and reset', async () => {
    const streamed = startService();
    await streamed.post(aDrift(['a']));
    await streamed.service.app.request('/api/v1/targets?repo=rsyslog&server=rsyslog-lab', {
      method: 'DELETE',
    });
    const page = z.object({ rows: z.array(json) }).parse(await streamed.json('/api/v1/events?format=json'));
    expect(page.rows.map(({ kind }) => kind)).toContain('target_deleted');
    for (const row of page.rows) expect(isValid('StreamData', row), fault()).toBe(true);
    expect(schemas.EventKind).toMatchObject({ enum: [...EVENT_KINDS] });
    expect(isValid('StreamData', {})).toBe(true);
    expect(isValid('StreamData', { seq: 1 })).toBe(false);
  });
});

import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { z } from 'zod';

/** A JSON schema, as far as requests are made from it. */
export interface Schema {
  readonly [keyword: string]: unknown;
}

function nameIn($ref: unknown): string {
  return String($ref ?? '').replace(/^.*\//, '');
}

function mapValues<T, R>(of: Readonly<Record<string, T>>, map: (value: T) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(of).map(([key, value]) => [key, map(value)]));
}

const schema: z.ZodType<Schema> = z.record(z.string(), z.unknown());
const content = z.record(z.string(), z.object({ schema: schema.optional() }));

const operationShape = z.object({
  parameters: z
    .array(
      z.object({
        name: z.string(),
        in: z.enum(['query', 'path', 'header']),
        required: z.boolean().default(false),
        schema,
      }),
    )
    .default([]),
  requestBody: z.object({ content }).optional(),
  responses: z.record(
    z.string(),
    z.object({
      $ref: z.string().optional(),
      content: content.default({}),
      headers: z.record(z.string(), z.unknown()).default({}),
    }),
  ),
});

const documentShape = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), operationShape)),
  components: z.object({
    schemas: z.record(z.string(), schema).default({}),
    responses: operationShape.shape.responses.default({}),
  }),
});

export interface Operation extends z.infer<typeof operationShape> {
  /** Its method and its path, such as `GET /api/v1/reports`. */
  readonly name: string;
  readonly method: string;
  readonly path: string;
}

/** An answer that was read to its end or, if it has none, dropped. */
export interface Answer {
  readonly status: number;
  readonly mediaType: string;
  readonly body: string;
  readonly headers: Headers;
}

/** The OpenAPI document, taken literally. */
export class Contract {
  readonly operations: readonly Operation[];
  readonly #schemas: Readonly<Record<string, Schema>>;
  readonly #ajv: Ajv2020;
  readonly #validators = new Map<string, ValidateFunction>();

  constructor(document: unknown) {
    const { paths, components } = documentShape.parse(document);
    this.#schemas = components.schemas;
    this.#ajv = new Ajv2020({
      strict: false,
      allErrors: false,
      formats: { 'date-time': RFC_3339, int32: true, int64: true },
    });
    this.#ajv.addSchema({ $id: 'openapi', components });
    this.operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        ...operation,
        responses: mapValues(operation.responses, (one) => components.responses[nameIn(one.$ref)] ?? one),
        method: method.toUpperCase(),
        path,
        name: `${method.toUpperCase()} ${path}`,
      })),
    );
  }

  operation(name: string): Operation {
    const found = this.operations.find((operation) => operation.name === name);
    if (found === undefined) throw new Error(`The contract has no ${name}.`);
    return found;
  }

  /** The schema itself, if it is a named one. */
  resolve(given: Schema): Schema {
    const name = String(given.$ref ?? '').replace('#/components/schemas/', '');
    return this.#schemas[name] ?? given;
  }

  /** What the contract does not declare in an answer; undefined if everything is declared. */
  breach(operation: Operation, answer: Answer): string | undefined {
    const declared = operation.responses[answer.status];
    if (declared === undefined) return `status ${answer.status} is not declared`;
    const undeclared = undeclaredHeader(answer.headers, Object.keys(declared.headers));
    if (undeclared !== undefined) return `the header ${undeclared} is not declared`;
    const types = Object.keys(declared.content);
    if (types.length === 0) return answer.body === '' ? undefined : 'a body is not declared';
    const media = declared.content[answer.mediaType];
    if (media === undefined) return `${answer.mediaType} is not declared, only ${types.join(' and ')}`;
    if (!answer.mediaType.endsWith('json') || media.schema === undefined) return undefined;
    const validate = this.#validator(`${operation.name} ${answer.status} ${answer.mediaType}`, media.schema);
    if (validate(JSON.parse(answer.body))) return undefined;
    return `the body is not as declared: ${this.#ajv.errorsText(validate.errors)}`;
  }

  #validator(key: string, declared: Schema): ValidateFunction {
    const known = this.#validators.get(key);
    if (known !== undefined) return known;
    const text = JSON.stringify(declared).replaceAll('"#/components/', '"openapi#/components/');
    const compiled = this.#ajv.compile(JSON.parse(text));
    this.#validators.set(key, compiled);
    return compiled;
  }
}

/** The headers of any answer: how it is sent, cached and shown. */
const OF_ANY_ANSWER = new Set([
  'cache-control',
  'connection',
  'content-encoding',
  'content-length',
  'content-security-policy',
  'content-type',
  'cross-origin-resource-policy',
  'date',
  'keep-alive',
  'referrer-policy',
  'transfer-encoding',
  'vary',
  'x-accel-buffering',
  'x-content-type-options',
]);

function undeclaredHeader(headers: Headers, declared: readonly string[]): string | undefined {
  const known = new Set(declared.map((name) => name.toLowerCase()));
  return [...headers.keys()].find((name) => !known.has(name) && !OF_ANY_ANSWER.has(name));
}

/** In the form of answers: UTC, milliseconds. */
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

const ENDLESS = 'text/event-stream';

export async function readAnswer(response: Response): Promise<Answer> {
  const { status, headers } = response;
  const mediaType = (headers.get('Content-Type') ?? '').split(';')[0] ?? '';
  if (mediaType !== ENDLESS) return { status, headers, mediaType, body: await response.text() };
  await response.body?.cancel();
  return { status, headers, mediaType, body: '' };
}

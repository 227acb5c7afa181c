import fc from 'fast-check';
import { NOON } from '../fixtures.ts';
import { BODIES, RAW_VALUES, REPORTS, TEXTS } from './classics.ts';
import type { Contract, Operation, Schema } from './contract.ts';

/** A request to an operation of the contract, as it is sent. */
export interface HostileRequest {
  readonly operation: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer> | undefined;
}

/** The same request for a shell. */
export function toCurl({ operation, target, headers, body }: HostileRequest): string {
  const [method] = operation.split(' ');
  const options = Object.entries(headers).map(([name, value]) => `-H '${name}: ${value}'`);
  const url = `'http://127.0.0.1:8080${target.replaceAll("'", '%27')}'`;
  if (body === undefined) return ['curl', '-X', method, ...options, url].join(' ');
  const bytes = Buffer.from(body).toString('base64');
  return [`echo ${bytes} | base64 -d |`, 'curl', '-X', method, ...options, '--data-binary', '@-', url].join(
    ' ',
  );
}

const few = fc.constantFrom;

/** Few values, so that requests meet: one finds what another recorded. */
const NAMES = ['rsyslog', 'nginx', 'lab', 'a/b@c:1~+', '0'];
const INSTANTS = [0, 1, 60, 3600, 86_400, 90 * 86_400, -60].map((s) =>
  new Date(NOON - s * 1000).toISOString(),
);
const WORDS = [
  ...NAMES,
  'SYNCED',
  'OUT_OF_SYNC',
  'UNKNOWN',
  'STALE',
  'https://ci.example/1',
  'a',
  'x'.repeat(300),
];

const hostileText = fc.oneof(few(...TEXTS), fc.string({ unit: 'binary', maxLength: 12 }));
const hostileJson: fc.Arbitrary<unknown> = fc.oneof(
  few<unknown>(null, true, 0, -1, 1.5, 1e308, [], {}, [[]], [null], { name: null }),
  hostileText,
  fc.jsonValue({ maxDepth: 3 }),
);

/** Nearly always the given value, sometimes a hostile one. */
function mostly<T>(usual: fc.Arbitrary<T>, hostile: fc.Arbitrary<T>, weight = 40): fc.Arbitrary<T> {
  return fc.oneof({ weight, arbitrary: usual }, { weight: 1, arbitrary: hostile });
}

export function hostileRequests(contract: Contract): fc.Arbitrary<HostileRequest> {
  return fc.oneof(...contract.operations.map((operation) => requestsTo(operation, contract)));
}

function requestsTo(operation: Operation, contract: Contract): fc.Arbitrary<HostileRequest> {
  const [type, media] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
  const declaredHeaders = operation.parameters.filter((one) => one.in === 'header').map(({ name }) => name);
  const headers = fc.record({
    declared: few('', '1', '-1', '1e400', '9'.repeat(400), 'x', '__proto__', '1-2'),
    accept: few(
      '*/*',
      '',
      'text/html',
      'application/openmetrics-text',
      'x'.repeat(2000),
      ';q=',
      '*/*;q=1e400',
    ),
    match: few(undefined, '*', '""', '"x", W/"y"', 'x'.repeat(2000)),
    type: mostly(
      few(type),
      few(undefined, '', 'text/plain', 'application/json; charset=utf-16', 'multipart/form-data', ';'),
    ),
  });
  const body = type === undefined ? few(undefined) : bodiesOf(type, media?.schema ?? {}, contract);
  return fc
    .record({ path: pathsOf(operation), query: queriesOf(operation, contract), headers, body })
    .map((parts) => ({
      operation: operation.name,
      target: `${parts.path}${parts.query === '' ? '' : `?${parts.query}`}`,
      headers: {
        Accept: parts.headers.accept,
        ...(parts.headers.match === undefined ? {} : { 'If-None-Match': parts.headers.match }),
        ...Object.fromEntries(declaredHeaders.map((name) => [name, parts.headers.declared])),
        ...(parts.headers.type === undefined || parts.body === undefined
          ? {}
          : { 'Content-Type': parts.headers.type }),
      },
      body: parts.body,
    }));
}

/** A segment is never empty nor made of dots: that would be another path. */
function segment(text: string): string {
  const ofText = encoded('', text).slice(1).replaceAll('+', '%20');
  return /^\.*$/.test(ofText) ? 'job' : ofText;
}

function pathsOf({ path }: Operation): fc.Arbitrary<string> {
  if (!path.includes('{')) return few(path);
  const value = fc.oneof(few(...NAMES), hostileText).map(segment);
  // If a path may continue without end, the contract can only say so in words.
  const label = fc.tuple(
    few('repo', 'server', 'repo@base64', 'x', '__x', '1'),
    fc.oneof(few('lab', 'bGFi', '='), value),
  );
  const more = path.startsWith('/metrics/job/')
    ? fc.array(label, { maxLength: 3 })
    : few<[string, string][]>([]);
  return fc
    .tuple(value, more)
    .map(([own, labels]) => [path.replace(/\{[^}]+\}/g, own), ...labels.flat()].join('/'));
}

function queriesOf({ parameters }: Operation, contract: Contract): fc.Arbitrary<string> {
  const pairs = parameters
    .filter((parameter) => parameter.in === 'query')
    .map(({ name, required, schema }) => {
      const value = mostly(
        valuesFor(name, contract.resolve(schema)).map((text) => encoded(name, text)),
        fc.oneof(
          hostileText.map((text) => encoded(name, text)),
          few(...RAW_VALUES).map((raw) => `${name}=${raw}`),
        ),
        8,
      );
      return fc.oneof(
        { weight: required ? 9 : 1, arbitrary: value },
        { weight: required ? 1 : 4, arbitrary: few('') },
      );
    });
  const undeclared = mostly(
    few(''),
    few('nope=1', '=', '&&', '__proto__=1', 'repo[]=a', '%', 'a'.repeat(3000)),
  );
  return fc.tuple(...pairs, undeclared).map((all) => all.filter((pair) => pair !== '').join('&'));
}

function encoded(name: string, value: string): string {
  return new URLSearchParams([[name, value]]).toString();
}

function valuesFor(name: string, schema: Schema): fc.Arbitrary<string> {
  if (Array.isArray(schema.enum)) return few(...schema.enum.map(String));
  if (schema.type === 'boolean') return few('true', 'false');
  if (schema.type === 'integer' || schema.type === 'number') return numbersOf(schema).map(String);
  if (/state/.test(name)) return few('SYNCED', 'OUT_OF_SYNC,UNKNOWN', '{STALE}', '*', '$state');
  if (/repo|server/.test(name))
    return few(...NAMES, 'rsyslog,nginx', '(lab|prod)', '["lab"]', '*', '${server}');
  return few(...INSTANTS, String(NOON), String(NOON / 1000 - 60), ...WORDS);
}

function numbersOf({ minimum, maximum }: Schema): fc.Arbitrary<number> {
  const [min, max] = [Number(minimum ?? 0), Math.min(Number(maximum ?? 1000), 1e12)];
  return fc.oneof(few(min, max), fc.integer({ min, max: Math.min(max, min + 1000) }));
}

function bodiesOf(type: string, schema: Schema, contract: Contract): fc.Arbitrary<HostileRequest['body']> {
  const valid = type.endsWith('json')
    ? valuesOf(schema, contract).map((value) => JSON.stringify(value))
    : fc.array(sample, { maxLength: 3 }).map((lines) => lines.join('\n'));
  const bytes = fc.uint8Array({ maxLength: 40 }).map((noise) => new Uint8Array(noise));
  return fc.oneof(
    { weight: 10, arbitrary: valid },
    {
      weight: 2,
      arbitrary: fc.tuple(valid, fc.nat(), hostileText).map(([text, at, noise]) => spliced(text, at, noise)),
    },
    { weight: 1, arbitrary: few(...BODIES, ...REPORTS) },
    { weight: 1, arbitrary: fc.tuple(valid, bytes).map(([text, noise]) => withBytes(text, noise)) },
  );
}

const sample = mostly(
  fc
    .tuple(
      mostly(few('repo="rsyslog",', 'repo="nginx",'), few(''), 4),
      mostly(few('server="lab"', 'server="0"'), few(''), 4),
      few(0, 1),
    )
    .map(([repo, server, value]) => `gitops_sync_status{${repo}${server}} ${value}`),
  hostileText,
  6,
);

function spliced(text: string, at: number, noise: string): string {
  const cut = at % (text.length + 1);
  return text.slice(0, cut) + noise + text.slice(cut + (at % 3));
}

function withBytes(text: string, noise: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = Buffer.from(text);
  return new Uint8Array(
    Buffer.concat([whole.subarray(0, whole.length >> 1), noise, whole.subarray(whole.length >> 1)]),
  );
}

/** Values that a schema allows and, sometimes and anywhere in it, values that it does not. */
function valuesOf(given: Schema, contract: Contract): fc.Arbitrary<unknown> {
  const schema = contract.resolve(given);
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(alternatives)) return fc.oneof(...alternatives.map((one) => valuesOf(one, contract)));
  if (Array.isArray(schema.enum)) return mostly(few<unknown>(...schema.enum), hostileJson);
  if (Array.isArray(schema.type))
    return fc.oneof(...schema.type.map((type) => valuesOf({ ...schema, type }, contract)));
  return mostly(ofType(schema, contract), hostileJson, 80);
}

function ofType(schema: Schema, contract: Contract): fc.Arbitrary<unknown> {
  switch (schema.type) {
    case 'null':
      return few(null);
    case 'boolean':
      return fc.boolean();
    case 'integer':
    case 'number':
      return numbersOf(schema);
    case 'string':
      if (schema.format === 'date-time') return few(...INSTANTS);
      return schema.pattern === undefined ? few(...WORDS) : few(...NAMES);
    case 'array':
      return fc.array(valuesOf({ ...(schema.items as Schema) }, contract), { maxLength: 3 });
    case 'object':
      return objectsOf(schema, contract);
    default:
      return hostileJson;
  }
}

function objectsOf(schema: Schema, contract: Contract): fc.Arbitrary<unknown> {
  const properties = Object.entries((schema.properties ?? {}) as Record<string, Schema>);
  const required = (schema.required ?? []) as string[];
  const known = fc.record(
    Object.fromEntries(properties.map(([name, property]) => [name, valuesOf(property, contract)])),
    { requiredKeys: required },
  );
  const names = properties.map(([name]) => name);
  const keys = names.length === 0 ? few('env', 'team', 'Env') : few(...names);
  const others = fc.dictionary(fc.oneof(hostileText, keys), hostileJson, { maxKeys: 2 });
  return fc.tuple(known, mostly(few({}), others, 10)).map(([object, more]) => ({ ...object, ...more }));
}

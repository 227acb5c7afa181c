import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { readShipped } from '../shipped.ts';
import type { Field } from './frame.ts';
import { runBackend } from './plugin.ts';

// What the plugin's own backend made of each query and body: 3.11.1, over the framers of its predecessor.

const pair = z.object({ key: z.string(), value: z.string() });

const golden = z.object({
  name: z.string(),
  query: z.object({
    refId: z.string(),
    parser: z.string().optional(),
    format: z.string(),
    url: z.string(),
    root_selector: z.string(),
    columns: z.array(z.object({ selector: z.string(), text: z.string(), type: z.string() })),
    url_options: z.object({ method: z.string(), params: z.array(pair), headers: z.array(pair) }),
  }),
  from: z.number(),
  to: z.number(),
  body: z.union([z.string(), z.object({ base64: z.string() }), z.null()]),
  response: z
    .object({
      status: z.number().optional(),
      message: z.string().optional(),
      headers: z.record(z.string(), z.string()).optional(),
      cut: z.boolean().optional(),
    })
    .optional(),
  result: z.object({
    error: z.string().optional(),
    panic: z.string().optional(),
    requests: z.array(z.string()).optional(),
    authorization: z.string().optional(),
    frames: z.array(
      z.object({
        fields: z.array(
          z.object({
            name: z.string(),
            type: z.string(),
            labels: z.record(z.string(), z.string()).optional(),
            values: z.array(z.union([z.string(), z.number(), z.boolean(), z.null()])),
          }),
        ),
        notices: z.array(z.object({ text: z.string() })).optional(),
      }),
    ),
  }),
});

type Golden = z.infer<typeof golden>;

/** Libraries of the plugin evaluate JSONata, filters and computed columns; no shipped file has any. */
const NOT_MODELLED = [
  'root selector rows[v=2]',
  'root selector rows.v',
  'root selector $',
  'root selector (((',
  'filter: rows that match',
  'summarize: a count',
  'computed column',
];

const CASES = readShipped('test/grafana/infinity/infinity-golden.jsonl')
  .trim()
  .split('\n')
  .map((line) => golden.parse(JSON.parse(line)));

const MODELLED = CASES.filter(({ name }) => !NOT_MODELLED.includes(name)).map(
  (one) => [one.name, one] as const,
);

/** Gives each request the answer of its case, and remembers the request. */
class CannedServer {
  readonly #server: Server;
  #current: Golden | undefined;
  arrived: IncomingMessage[] = [];

  constructor() {
    this.#server = createServer((req, res) => {
      this.arrived.push(req);
      this.#answer(req, res);
    });
  }

  async start(): Promise<void> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
  }

  async stop(): Promise<void> {
    await once(this.#server.close(), 'close');
  }

  get host(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `127.0.0.1:${port}`;
  }

  play(one: Golden): void {
    this.#current = one;
    this.arrived = [];
  }

  #answer(req: IncomingMessage, res: ServerResponse): void {
    const { body = null, response = {} } = this.#current ?? {};
    if (response.cut === true) {
      req.socket.destroy();
      return;
    }
    if (response.headers?.location === req.url) {
      res.end('[{"v":1}]');
      return;
    }
    const { status = 200, message = 'OK', headers = { 'content-type': 'application/json' } } = response;
    res.writeHead(status, message, headers);
    res.end(body === null || typeof body === 'string' ? body : Buffer.from(body.base64, 'base64'));
  }
}

const GO_TYPES = { time: '*time.Time', number: '*float64', string: '*string', boolean: '*bool' };

/** A field in the form of the recorded cases. */
function asGolden({ name, type, values, labels, isRequired }: Field) {
  return {
    name,
    type: isRequired === true ? 'time.Time' : GO_TYPES[type],
    ...(labels === undefined ? {} : { labels }),
    values: values.map((value) =>
      typeof value === 'number' && !Number.isFinite(value) ? goNumber(value) : value,
    ),
  };
}

function goNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  return value > 0 ? '+Inf' : '-Inf';
}

const server = new CannedServer();
beforeAll(() => server.start());
afterAll(() => server.stop());

/** Host and port differ from run to run. */
const withoutHost = (text: string) =>
  text.replaceAll(server.host, 'SERVER').replace(/":\d+(\D*)" after host/, '":PORT$1" after host');

async function outcomeOf(one: Golden) {
  server.play(one);
  try {
    const asked = { baseUrl: `http://${server.host}`, range: { from: one.from, to: one.to } };
    const { fields, notices } = await runBackend(one.query, asked);
    return { fields: fields.map(asGolden), notices };
  } catch (error) {
    return { fields: [], notices: [], error: withoutHost(error instanceof Error ? error.message : '') };
  }
}

function expectedOf({ result: { error, panic, frames } }: Golden) {
  const said = panic === undefined ? error : `panic: ${panic}`;
  return {
    fields: frames[0]?.fields ?? [],
    notices: frames[0]?.notices?.map(({ text }) => text) ?? [],
    ...(said === undefined ? {} : { error: withoutHost(said) }),
  };
}

describe('the model makes the same of a query and a body as the plugin', () => {
  test.each(MODELLED)('%s', async (_, one) => {
    expect(await outcomeOf(one)).toEqual(expectedOf(one));
    const { requests, authorization } = one.result;
    const arrived = server.arrived.map(({ method, url }) => `${method} ${url}`);
    if (requests !== undefined) expect(arrived).toEqual(requests);
    if (authorization !== undefined) expect(server.arrived[0]?.headers.authorization).toBe(authorization);
  });

  test('it does so for at least 150 of 167, and the others are named and exist', async () => {
    expect(CASES).toHaveLength(167);
    expect(MODELLED.length).toBeGreaterThanOrEqual(150);
    for (const name of NOT_MODELLED) {
      const one = CASES.find((other) => other.name === name);
      if (one === undefined) throw new Error(`There is no case ${name}.`);
      expect(await outcomeOf(one), `${name} is modelled after all`).not.toEqual(expectedOf(one));
    }
  });
});

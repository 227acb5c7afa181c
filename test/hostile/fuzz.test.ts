import { inspect } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Target } from '../../src/domain/target.ts';
import { expectFolded } from '../e2e/faults/kept.ts';
import { atFullLength } from '../full-length.ts';
import { aBody, startService } from '../http/service.ts';
import { BODIES, largeBodies, REPORTS } from './classics.ts';
import { type Answer, Contract, readAnswer } from './contract.ts';
import { type HostileRequest, hostileRequests, toCurl } from './requests.ts';

const REQUESTS = atFullLength(100_000, { otherwise: 2500 });
const ROUNDS = 10;
const MIB = 1024 * 1024;
const DELETE_TARGET = 'DELETE /api/v1/targets';
const MAX_ANSWER_BYTES = 16 * MIB;
const MAX_GROWTH_BYTES = 24 * MIB;

/** Internal words that no answer may have. */
const INSIDE = /SQLITE_|node_modules|\.ts:\d+|DrizzleQuery/;

const at = startService();
/** The log entry of the last internal error: an answer does not have it. */
let lastFault: object = {};
const app = at.appWith({
  log: {
    debug() {},
    info() {},
    error(fields) {
      lastFault = fields;
    },
  },
});
const contract = new Contract(await at.json('/openapi.json'));

async function ask({ operation, target, headers, body }: HostileRequest): Promise<Answer> {
  const [method = ''] = operation.split(' ');
  return readAnswer(await app.request(target, { method, headers, ...(body === undefined ? {} : { body }) }));
}

/** What is wrong with an answer; undefined if nothing is. */
function faultOf(request: HostileRequest, answer: Answer): string | undefined {
  if (answer.status >= 500) return `status ${answer.status}: ${answer.body} ${inspect(lastFault)}`;
  if (answer.body.length > MAX_ANSWER_BYTES) return `an answer of ${answer.body.length} bytes`;
  if (INSIDE.test(answer.body)) return `the answer tells of the inside: ${answer.body}`;
  return contract.breach(contract.operation(request.operation), answer);
}

async function expectHarmless(request: HostileRequest): Promise<void> {
  const answer = await ask(request);
  if (request.operation === DELETE_TARGET && answer.status === 200) await purge(JSON.parse(answer.body));
  const fault = faultOf(request, answer);
  if (fault !== undefined) throw new Error(`${fault}\n  ${toCurl(request)}`);
}

/** Reports from before a deletion are no longer valid. The fold over the reports does not know that. */
async function purge({ repo, server }: Target): Promise<void> {
  await at.service.store.deleteTarget({ repo, server }, { purge: true });
}

async function forgetEverything(): Promise<void> {
  for (const { target } of await at.service.store.statuses({})) await purge(target);
}

function usedHeap(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().heapUsed;
}

test(`${REQUESTS} hostile requests: no internal error, nothing outside the contract, no growing memory`, async () => {
  const prototypeBefore = Object.getOwnPropertyNames(Object.prototype);
  const heaps: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await fc.assert(fc.asyncProperty(hostileRequests(contract), expectHarmless), {
      numRuns: Math.ceil(REQUESTS / ROUNDS),
    });
    await expectFolded(at.service.store);
    await forgetEverything();
    heaps.push(usedHeap());
  }
  expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(prototypeBefore);
  const [settled = 0] = heaps.slice(1);
  expect((heaps.at(-1) ?? 0) - settled, heaps.map((bytes) => bytes >> 20).join(' ')).toBeLessThan(
    MAX_GROWTH_BYTES,
  );
});

test('every classic is harmless, one by one', async () => {
  for (const { name, path, requestBody } of withBody) {
    const [type = ''] = Object.keys(requestBody?.content ?? {});
    const to = { operation: name, target: path.replace(/\{.*\}/, 'a'), headers: { 'Content-Type': type } };
    for (const body of [...BODIES, ...REPORTS]) await expectHarmless({ ...to, body });
    await expectFolded(at.service.store);
  }
});

test.each([['check'], ['commit'], ['branch'], ['tool'], ['error'], ['error_kind']])(
  'half a character in %s is refused: not every database can store it',
  async (field) => {
    const server = `half-${field.replace('_', '-')}`;
    const answer = await at.post(aBody({ server, sync_status: 'UNKNOWN', [field]: 'a\ud800b 👍' }));
    expect(await answer.json()).toMatchObject({ status: 422, errors: [{ pointer: `/${field}` }] });
    expect(await at.json(`/api/v1/reports?server=${server}`)).toMatchObject({ rows: [] });
  },
);

const withBody = contract.operations.filter(({ requestBody }) => requestBody !== undefined);

test.each(withBody.map(({ name }) => [name]))('%s is not harmed by oversized bodies', async (name) => {
  const { path, requestBody } = contract.operation(name);
  const [type = ''] = Object.keys(requestBody?.content ?? {});
  for (const [what, body] of largeBodies()) {
    const request = {
      operation: name,
      target: path.replace(/\{.*\}/, 'a'),
      headers: { 'Content-Type': type },
      body,
    };
    const answer = await ask(request);
    expect(`${what}: ${faultOf(request, answer) ?? 'harmless'}`).toBe(`${what}: harmless`);
    expect([what, answer.body.length < 64 * 1024]).toEqual([what, true]);
  }
});

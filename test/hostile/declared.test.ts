import { describe, expect, test } from 'vitest';
import { DomainError } from '../../src/domain/errors.ts';
import { createBodyBudget } from '../../src/http/bodies/body-budget.ts';
import { createWorkLimiter } from '../../src/http/bodies/work-limiter.ts';
import type { Store } from '../../src/store/store.ts';
import { DAY, NOON } from '../fixtures.ts';
import { aBody, aDrift, iso, startService, type TestService } from '../http/service.ts';
import { type Answer, Contract, type Operation, readAnswer } from './contract.ts';

/** Access is checked before the rules of an operation: the tests of access cover it. */
const OF_ACCESS = ['401', '403', '421', '429'];

const ONE_TARGET = 'repo=rsyslog&server=rsyslog-lab';
const SAMPLE = 'gitops_sync_status{repo="rsyslog",server="rsyslog-lab"} 1\n';
const COMMIT = 'c0ffee1';
const MUTE = { repo: 'rsyslog', reason: 'a trial', ends_at: iso(NOON + DAY), by: 'alice' };
const MUTES = '/api/v1/mutes';
const ACKNOWLEDGEMENT = '/api/v1/incidents/{id}/acknowledgement';
const MIB = 1024 * 1024;

interface Call {
  readonly query?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** One service, one operation, and a way to call it: the normal call, except for what is stated. */
class Caller {
  readonly #operation: Operation;
  readonly at: TestService;
  app: TestService['service']['app'];

  constructor(operation: Operation) {
    this.#operation = operation;
    this.at = startService();
    this.app = this.at.service.app;
  }

  get #type(): string | undefined {
    return Object.keys(this.#operation.requestBody?.content ?? {})[0];
  }

  get #plainQuery(): string {
    const required = this.#operation.parameters.filter((one) => one.in === 'query' && one.required);
    if (this.#operation.path.endsWith('/rename')) return `${ONE_TARGET}&new_server=other`;
    // A badge needs a repo or a label, and OpenAPI cannot say so.
    const needsTarget = required.length > 0 || this.#operation.path.startsWith('/badge.');
    // A preview needs a matcher.
    return needsTarget || this.#operation.path.endsWith('/preview') ? ONE_TARGET : '';
  }

  get #plainBody(): object {
    const { path } = this.#operation;
    if (path === MUTES) return MUTE;
    if (path.startsWith(MUTES)) return { reason: 'another', by: 'bob' };
    return path === ACKNOWLEDGEMENT ? { by: 'alice', note: 'on it' } : aBody();
  }

  /** The mute and the incident of paths with an id: each is the first. */
  async prepare(): Promise<void> {
    const { path, method } = this.#operation;
    if (path === `${MUTES}/{id}`) await this.at.post(MUTE, MUTES);
    if (path !== ACKNOWLEDGEMENT) return;
    await this.at.post(aDrift(['a']));
    if (method.toUpperCase() !== 'PUT') await this.acknowledge();
  }

  async acknowledge(): Promise<void> {
    await this.at.service.store.acknowledge(1, 'on it', { actor: { name: 'bob', verified: true } });
  }

  async call({ path, query = this.#plainQuery, headers, body }: Call = {}): Promise<Answer> {
    const type = this.#type;
    const target = (path ?? this.#operation.path)
      .replace('{sha}', COMMIT)
      .replace('{id}', '1')
      .replace(/\{.*\}/, 'a');
    const init = {
      method: this.#operation.method,
      headers: headers ?? (type === undefined ? {} : { 'Content-Type': type }),
      ...(type === undefined
        ? {}
        : { body: body ?? (type.endsWith('json') ? JSON.stringify(this.#plainBody) : SAMPLE) }),
    };
    return readAnswer(await this.app.request(query === '' ? target : `${target}?${query}`, init));
  }

  /** From now on there is no room for a large body. */
  leaveNoRoom(): void {
    const budget = createBodyBudget({ maxBytes: 0 });
    const bodies = { budget, workLimiter: createWorkLimiter(MIB), turn: async () => undefined };
    this.app = this.at.appWith({ bodies });
  }

  /** From now on no worker answers. */
  breakPool(error: Error): void {
    this.app = this.at.appWith({ ask: () => Promise.reject(error) });
  }

  /** From now on everything behind HTTP fails with this. */
  breakStore(error: Error): void {
    const fails = () => Promise.reject(error);
    const throws = () => {
      throw error;
    };
    const broken = { get: (_: Store, verb: string | symbol) => (verb === 'version' ? throws : fails) };
    const store = new Proxy<Store>(this.at.service.store, broken);
    this.app = this.at.appWith({
      store,
      recorder: { submit: fails },
      tail: { subscribe: fails, watch: throws },
    });
  }
}

/** How each status is caused, for any operation. */
const WAYS: Readonly<Record<string, (caller: Caller, operation: Operation) => Promise<Answer>>> = {
  200: async (caller, { path }) => {
    if (path === ACKNOWLEDGEMENT) await caller.acknowledge();
    else await caller.at.post(aBody(path.includes('{sha}') ? { commit: COMMIT } : {}));
    return caller.call();
  },
  201: (caller) => caller.call(),
  202: (caller) => caller.call(),
  304: async (caller) => {
    const { headers } = await caller.call();
    return caller.call({ headers: { 'If-None-Match': headers.get('ETag') ?? 'none' } });
  },
  // The beginning of UTF-16.
  400: (caller, { requestBody, path }) =>
    caller.call(requestBody === undefined ? { path: `${path}/odd` } : { body: '\0{' }),
  404: (caller, { path }) => caller.call(path.includes('{id}') ? { path: path.replace('{id}', '999') } : {}),
  408: (caller) => {
    caller.leaveNoRoom();
    return caller.call({ body: ' '.repeat(MIB / 2) });
  },
  409: async (caller, { path }) => {
    if (path === '/api/v1/gate') return caller.call();
    const by = { actor: { name: 'bob', verified: true } };
    if (path === `${MUTES}/{id}`) await caller.at.service.store.endMute(1, by);
    if (path === MUTES) for (let i = 0; i < 200; i++) await caller.at.post(MUTE, MUTES);
    if (path === ACKNOWLEDGEMENT) await caller.at.post(aBody({ last_check: iso(NOON + 1) }));
    if (path.startsWith(MUTES) || path === ACKNOWLEDGEMENT) return caller.call();
    await caller.at.post(aBody({ check: 'another', commit: 'abc' }));
    const from = { repo: 'rsyslog', server: 'rsyslog-lab' };
    if (path.startsWith('/api/v1/targets')) {
      await caller.at.service.store.renameTarget({ from, to: { ...from, server: 'new' } }, {});
    }
    return caller.call();
  },
  413: (caller) => caller.call({ body: 'x'.repeat(9 * MIB) }),
  415: (caller) => caller.call({ headers: { 'Content-Type': 'application/xml' } }),
  422: (caller, { requestBody, path }) => {
    if (path.includes('{id}') && requestBody === undefined)
      return caller.call({ path: path.replace('{id}', 'one') });
    // Only the page for browsers has parameters.
    if (path === '/') return caller.call({ query: 'state=nope', headers: { Accept: 'text/html' } });
    if (requestBody === undefined) return caller.call({ query: 'nope=1' });
    return caller.call({ body: path.startsWith('/metrics/job') ? 'gitops_sync_status 0.5' : '{}' });
  },
  500: (caller) => {
    caller.breakStore(new Error('A fault that nobody foresaw.'));
    return caller.call();
  },
  503: (caller) => {
    caller.breakStore(new DomainError('unavailable', 'The disk is full.'));
    return caller.call();
  },
  504: (caller) => {
    caller.breakPool(new DomainError('too_slow', 'There was no answer within 15 s.'));
    return caller.call();
  },
};

const contract = new Contract(await startService().json('/openapi.json'));
const declared = contract.operations.flatMap((operation) =>
  Object.keys(operation.responses)
    .filter((status) => !OF_ACCESS.includes(status))
    .map((status) => ({ name: operation.name, status })),
);

describe('every status in the contract occurs as declared', () => {
  test.each(declared)('$name: $status', async ({ name, status }) => {
    const operation = contract.operation(name);
    const caller = new Caller(operation);
    await caller.prepare();
    const answer = await WAYS[status]?.(caller, operation);
    if (answer === undefined) throw new Error(`Nobody knows how ${status} comes about: add it to WAYS.`);
    expect(answer.status).toBe(Number(status));
    expect(contract.breach(operation, answer)).toBeUndefined();
    if (status === '503') expect(Number(answer.headers.get('Retry-After'))).toBeGreaterThan(0);
  });
});

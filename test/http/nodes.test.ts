import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { composeService, type Service } from '../../src/compose.ts';
import { parseConfig } from '../../src/config/config.ts';
import { SCHEMA } from '../../src/store/postgres/connection.ts';
import { MINUTE } from '../fixtures.ts';
import { missing, theCluster } from '../store/postgres-database.ts';
import { EventStream, type SeenEvent } from './event-stream.ts';
import { aBody, aDrift, iso } from './service.ts';
import { aToken } from './tokens.ts';

const OUTSIDE = { log: { debug() {}, info() {}, error() {} }, version: '0.0.0-test' };

/** A service of its own on the database of the others. */
class TestNode {
  readonly service: Service;

  constructor(service: Service) {
    this.service = service;
  }

  async request(path: string, { headers, ...options }: RequestInit = {}): Promise<Response> {
    const type = { 'Content-Type': 'application/json' };
    return this.service.app.request(path, { ...options, headers: { ...type, ...headers } });
  }

  send(method: string, path: string, body: object): Promise<Response> {
    return this.request(path, { method, body: JSON.stringify(body) });
  }

  async report(body: object): Promise<void> {
    const answer = await this.send('POST', '/api/v1/reports', { ...body, last_check: iso(Date.now()) });
    expect(answer.status).toBe(201);
  }

  async json(path: string): Promise<unknown> {
    return (await this.request(path)).json();
  }

  async status(path: string, headers: Record<string, string> = {}): Promise<number> {
    return (await this.request(path, { headers })).status;
  }
}

async function someNodes() {
  const cluster = await theCluster();
  const open = async (url = cluster.url) => {
    const config = parseConfig({ DATABASE_URL: url }, () => '');
    const service = await composeService(config, OUTSIDE);
    cluster.closeAtLast(() => service.close());
    return new TestNode(service);
  };
  return { ...cluster, nodes: [await open(), await open(), await open()] as const, open };
}

/** Reads the log from its beginning. After some events it goes on at the next node, from the last one that it had. */
async function follow(nodes: readonly TestNode[], count: number, { each }: { each: number }) {
  const seen: SeenEvent[] = [];
  for (let turn = 0; seen.length < count; turn++) {
    const headers = { 'Last-Event-ID': seen.at(-1)?.id ?? '0' };
    const node = nodes[turn % nodes.length] as TestNode;
    const stream = new EventStream(await node.request('/api/v1/events', { headers }));
    const end = Math.min(count, seen.length + each);
    while (seen.length < end) seen.push((await stream.next()) as SeenEvent);
    await stream.close();
  }
  return seen;
}

describe.skipIf(missing !== undefined)(
  `several servers on one PostgreSQL (${missing ?? 'of its own'})`,
  () => {
    test('tell each listener everything once and in order, whichever they report to, and also one that moves', async () => {
      const { nodes } = await someNodes();
      const [first, ...others] = nodes;
      const CHANGES = 30;
      // Its first report is one event, each change of a target is two: its state, and its incident.
      const count = 3 + 3 * CHANGES * 2;
      const following = Promise.all([
        ...nodes.map((node) => follow([node], count, { each: count })),
        follow([...others, first], count, { each: 7 }),
      ]);
      await Promise.all(
        nodes.map(async (_, i) => {
          await nodes[i]?.report(aBody({ server: `s${i}` }));
          for (let change = 0; change < CHANGES; change++) {
            const at = nodes[(i + change) % nodes.length];
            const fields = { server: `s${i}` };
            await at?.report(change % 2 === 0 ? aDrift(['a'], fields) : aBody(fields));
          }
        }),
      );
      const [one, ...rest] = await following;
      for (const other of rest) expect(other).toEqual(one);
      expect(one?.map(({ id }) => Number(id))).toEqual(one?.map((_, place) => place + 1));
      for (const { server, states } of statesOf(one ?? [])) {
        expect([server, states.length]).toEqual([server, CHANGES + 1]);
        expect(states.filter((state, place) => state === states[place - 1])).toEqual([]);
      }
    });

    test('open a gate that waits at one by a report to another', async () => {
      const { nodes } = await someNodes();
      const [one, other] = nodes;
      await one.report(aDrift(['a']));
      const answer = one.request('/api/v1/gate?repo=rsyslog&wait=300');
      const waiting = async () => (await one.request('/metrics')).text();
      await expect.poll(waiting).toContain('gitops_status_server_waiting_requests 1');
      await other.report(aBody());
      expect((await answer).status).toBe(200);
    });

    test('know of mutes and acknowledgements that were made at another, and of their ends', async () => {
      const { nodes } = await someNodes();
      const [one, other] = nodes;
      await one.report(aDrift(['a']));
      const terms = { repo: 'rsyslog', reason: 'new edge', ends_at: iso(Date.now() + MINUTE), by: 'alice' };
      expect((await one.send('POST', '/api/v1/mutes', terms)).status).toBe(201);
      expect(await other.json('/api/v1/mutes')).toMatchObject([
        { reason: 'new edge', matches: { targets: 1 } },
      ]);
      const path = '/api/v1/incidents/1/acknowledgement';
      expect((await other.send('PUT', path, { by: 'bob' })).status).toBe(201);
      expect(await one.json('/api/v1/incidents')).toMatchObject([{ acknowledgement: { by: 'bob' } }]);
      expect((await one.request(path, { method: 'DELETE' })).status).toBe(200);
      expect(await other.json('/api/v1/incidents')).toMatchObject([{ acknowledgement: null }]);
    });

    test('take a token that was made at another at once, and soon refuse one that was revoked there', async () => {
      const { nodes } = await someNodes();
      const [one, other] = nodes;
      const { token, bearer } = aToken();
      const { revokedAt: _, ...made } = token;
      await one.service.store.tokens.add({ ...made, createdAt: Date.now() });
      expect(await other.status('/status.json', bearer)).toBe(200);
      await one.service.store.tokens.revoke(token.name, Date.now());
      await expect.poll(() => other.status('/status.json', bearer)).toBe(401);
    });

    test('count failed attempts each by itself', async () => {
      const { nodes } = await someNodes();
      const [one, other] = nodes;
      const { token } = aToken();
      const { revokedAt: _, ...made } = token;
      await one.service.store.tokens.add({ ...made, createdAt: Date.now() });
      const wrong = aToken().bearer;
      for (let attempt = 0; attempt < 10; attempt++)
        expect(await one.status('/status.json', wrong)).toBe(401);
      expect(await one.status('/status.json', wrong)).toBe(429);
      expect(await other.status('/status.json', wrong)).toBe(401);
    });

    test('are ready or not each by its own way to the database', async () => {
      const { nodes, open, connect, url, closeAtLast } = await someNodes();
      const client = await connect();
      const role = `node_${randomUUID().replaceAll('-', '')}`;
      await client.query(`
      CREATE ROLE ${role} LOGIN;
      GRANT USAGE ON SCHEMA ${SCHEMA} TO ${role};
      GRANT ALL ON ALL TABLES IN SCHEMA ${SCHEMA} TO ${role};
      GRANT ALL ON ALL SEQUENCES IN SCHEMA ${SCHEMA} TO ${role}`);
      closeAtLast(async () => void (await client.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`)));
      const cut = await open(url.replace('//postgres@', `//${role}@`));
      expect(await cut.status('/readyz')).toBe(200);
      await client.query(`ALTER ROLE ${role} CONNECTION LIMIT 0`);
      await client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1', [role]);
      await expect.poll(() => cut.status('/readyz')).toBe(503);
      expect(await cut.status('/healthz')).toBe(200);
      for (const node of nodes) expect(await node.status('/readyz')).toBe(200);
      await client.query(`ALTER ROLE ${role} CONNECTION LIMIT -1`);
      await expect.poll(() => cut.status('/readyz')).toBe(200);
    });
  },
);

/** The states of each target, in the order in which they were told. */
function statesOf(seen: readonly SeenEvent[]) {
  const states = new Map<string, string[]>();
  for (const { event, data } of seen) {
    const { server, state } = data as { server: string; state: string };
    if (event === 'state_changed' || event === 'target_added')
      states.set(server, [...(states.get(server) ?? []), state]);
  }
  return [...states].map(([server, of]) => ({ server, states: of }));
}

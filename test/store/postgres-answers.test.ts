import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Ask, askApp } from '../../src/http/ask.ts';
import { createQueries } from '../../src/http/queries.ts';
import type { Store } from '../../src/store/store.ts';
import { aReport, HOUR, MINUTE, NOON, recordAll } from '../fixtures.ts';
import { startService, type TestService } from '../http/service.ts';
import { aCluster, type Cluster, missing } from './postgres-database.ts';

const at = (minute: number, traits = {}) => aReport({ lastCheckAt: NOON + minute * MINUTE, ...traits });

describe.skipIf(missing !== undefined)('an answer from PostgreSQL', () => {
  let cluster: Cluster;
  let service: TestService;
  let own: Store;
  let other: Store;
  let asked: number;
  let app: ReturnType<TestService['appWith']>;
  beforeEach(async () => {
    cluster = await aCluster();
    const now = () => NOON + HOUR;
    [own, other] = [await cluster.open({ now }), await cluster.open({ now })];
    asked = 0;
    service = startService();
    service.now = now();
    const log = { error() {} };
    const queries = createQueries({ store: own, clock: now, log, version: '0.0.0-test' });
    const ask: Ask = (question) => {
      asked++;
      return askApp(queries, question);
    };
    app = service.appWith({ store: own, ask });
    await recordAll(own, [at(59)]);
  });
  afterEach(async () => {
    await service.service.close();
    await cluster.close();
  });

  const status = async (headers = {}) => app.request('/status.json', { headers });
  const states = async () =>
    ((await (await status()).json()) as { state: string }[]).map(({ state }) => state);

  test('is made once, and confirmed by its tag, as long as no node records anything', async () => {
    const first = await status();
    await Promise.all([own.probe(), other.probe()]);
    expect(await (await status()).text()).toBe(await first.text());
    expect((await status({ 'If-None-Match': first.headers.get('ETag') ?? '' })).status).toBe(304);
    expect(asked).toBe(1);
  });

  test('has what any node has acknowledged, from the next question on', async () => {
    for (let round = 0; round < 10; round++) {
      const node = round % 3 === 0 ? own : other;
      expect(await states()).toEqual([round % 2 === 0 ? 'SYNCED' : 'OUT_OF_SYNC']);
      const change = round % 2 === 0 ? { syncStatus: 'OUT_OF_SYNC' as const, files: ['a'] } : {};
      await recordAll(node, [at(59, { lastCheckAt: NOON + 59 * MINUTE + round + 1, ...change })]);
    }
    expect(asked).toBe(10);
  });
});

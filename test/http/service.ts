import { expect } from 'vitest';
import { createService, type Service } from '../../src/compose.ts';
import { parseConfig } from '../../src/config/config.ts';
import { createApp } from '../../src/http/app.ts';
import type { HttpDeps } from '../../src/http/deps.ts';
import { problem } from '../../src/http/schemas/problem.ts';
import { createServerMetrics } from '../../src/metrics/server-metrics.ts';
import { NOON } from '../fixtures.ts';

const OUTSIDE = { log: { debug() {}, info() {}, error() {} }, version: '0.0.0-test' };

export interface TestService {
  /** The service's present time; a test may change it. */
  now: number;
  readonly service: Service;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  /** Posts JSON, or text unchanged. */
  post(body: unknown, path?: string, headers?: Record<string, string>): Promise<Response>;
  json(path: string): Promise<unknown>;
  /** The same app with some of its dependencies replaced. */
  appWith(replaced: Partial<HttpDeps>): ReturnType<typeof createApp>;
}

/** The whole service in this process, with a database in memory and a clock of its own. */
export function startService(env: Record<string, string> = {}): TestService {
  const clock = () => started.now;
  const config = parseConfig({ DATABASE_URL: 'sqlite::memory:', ...env }, () => '');
  const service = createService(config, { ...OUTSIDE, clock });
  const started: TestService = {
    now: NOON,
    service,
    get: async (path, headers = {}) => service.app.request(path, { headers }),
    post: async (body, path = '/api/v1/reports', headers = {}) =>
      service.app.request(path, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    json: async (path) => (await service.app.request(path)).json(),
    appWith: (replaced) => {
      const { store, health, tokens, recorder, tail } = service;
      const metrics = createServerMetrics(OUTSIDE.version);
      return createApp({
        store,
        health,
        tokens,
        recorder,
        tail,
        settings: config,
        ...OUTSIDE,
        clock,
        metrics,
        ...replaced,
      });
    },
  };
  return started;
}

/** A report as CI posts it, SYNCED at noon by default. */
export function aBody(fields: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    repo: 'rsyslog',
    server: 'rsyslog-lab',
    sync_status: 'SYNCED',
    last_check: new Date(NOON).toISOString(),
    ...fields,
  };
}

/** A drifted one. */
export function aDrift(
  files: readonly string[],
  fields: Record<string, unknown> = {},
): Record<string, unknown> {
  return aBody({ sync_status: 'OUT_OF_SYNC', files: files.map((name) => ({ name })), ...fields });
}

export function iso(at: number): string {
  return new Date(at).toISOString();
}

/** A problem document as in the contract. */
export async function problemOf(answer: Response) {
  expect(answer.headers.get('Content-Type')).toBe('application/problem+json');
  return problem.parse(await answer.json());
}

import { expect } from 'vitest';
import type { ServerProcess } from '../server-process.ts';

/** The same answer to every write while nothing can be written. */
export async function expectCannotWrite(answer: Response): Promise<void> {
  const retryAfterS = Number(answer.headers.get('Retry-After'));
  const problem = (await answer.json()) as { type: string };
  expect([answer.status, problem.type]).toEqual([503, 'urn:gitops-status-server:problem:unavailable']);
  expect(retryAfterS).toBeGreaterThan(0);
}

export async function isReady(server: ServerProcess): Promise<boolean> {
  const answer = await fetch(`${server.url}/readyz`);
  await answer.text();
  return answer.status === 200;
}

/** Reads answer as before. */
export async function expectReads(server: ServerProcess, before: unknown): Promise<void> {
  const health = await fetch(`${server.url}/healthz`);
  await health.text();
  expect(health.status).toBe(200);
  expect(await facts(server)).toEqual(before);
}

/** What is known about every target, without values that depend on a clock. */
export async function facts(server: ServerProcess): Promise<unknown> {
  const [status, incidents] = await Promise.all([
    server.json('/status.json') as Promise<Record<string, unknown>[]>,
    server.json('/api/v1/incidents') as Promise<Record<string, unknown>[]>,
  ]);
  return {
    status: status.map(({ state: _, since: __, ...row }) => row),
    incidents: incidents.map(({ duration_s: _, ...row }) => row),
  };
}

export function postReport(server: ServerProcess, fields: Record<string, unknown> = {}): Promise<Response> {
  return fetch(`${server.url}/api/v1/reports`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      repo: 'rsyslog',
      server: 'rsyslog-lab',
      sync_status: 'SYNCED',
      last_check: new Date().toISOString(),
      ...fields,
    }),
  });
}

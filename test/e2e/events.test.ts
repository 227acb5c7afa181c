import { join } from 'node:path';
import { expect, test } from 'vitest';
import { EventStream } from '../http/event-stream.ts';
import { withFolder } from './faults/folder.ts';
import { ServerProcess } from './server-process.ts';

/** The server gives requests in flight 10 s: a stream that held it up would take all of it. */
const PROMPT_MS = 5000;

async function post(server: ServerProcess, fields: object): Promise<number> {
  const answer = await fetch(`${server.url}/api/v1/reports`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ repo: 'web', last_check: new Date().toISOString(), ...fields }),
  });
  return answer.status;
}

const listen = async (server: ServerProcess, headers: Record<string, string> = {}) =>
  new EventStream(await fetch(`${server.url}/api/v1/events`, { headers }));

test('what is posted is heard, across a restart, and a listener does not hold up the end', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'status.db');
    let server = await ServerProcess.start(path);
    try {
      expect(await post(server, { server: 'a', sync_status: 'SYNCED' })).toBe(201);
      const stream = await listen(server);
      const reset = await stream.next();
      expect(reset).toMatchObject({ event: 'reset' });
      await post(server, { server: 'a', sync_status: 'OUT_OF_SYNC', files: [{ name: 'motd' }] });
      expect(await stream.next()).toMatchObject({ event: 'state', data: { previous_state: 'SYNCED' } });
      expect(await stream.next()).toMatchObject({ event: 'incident_opened' });

      const askedAt = performance.now();
      expect(await server.stop('SIGTERM')).toBe(0);
      expect(performance.now() - askedAt).toBeLessThan(PROMPT_MS);
      expect(await stream.next()).toBeUndefined();

      server = await ServerProcess.start(path);
      const again = await listen(server, { 'Last-Event-ID': reset?.id ?? '' });
      expect(await again.next()).toMatchObject({ event: 'reset' });
      await post(server, { server: 'a', sync_status: 'SYNCED' });
      expect(await again.next()).toMatchObject({ data: { state: 'SYNCED', previous_state: 'OUT_OF_SYNC' } });
      expect(await again.next()).toMatchObject({ event: 'incident_resolved' });
      await again.close();
    } finally {
      await server.stop('SIGKILL');
    }
  }));

test('silence is heard from a server that nobody talks to', () =>
  withFolder(async (folder) => {
    const env = { GITOPS_STATUS_STALE_AFTER: '2s' };
    const server = await ServerProcess.start(join(folder, 'status.db'), { env });
    try {
      await post(server, { server: 'a', sync_status: 'SYNCED' });
      const stream = await listen(server);
      await stream.next();
      expect(await stream.next()).toMatchObject({ event: 'state', data: { server: 'a', state: 'STALE' } });
      await stream.close();
    } finally {
      await server.stop('SIGKILL');
    }
  }));

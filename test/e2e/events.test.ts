import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { openStore } from '../../src/database.ts';
import { aReport, recordAll } from '../fixtures.ts';
import { EventStream } from '../http/event-stream.ts';
import { withFolder } from './faults/folder.ts';
import { ServerProcess } from './server-process.ts';

const FAST_TIMERS = fileURLToPath(new URL('./fast-timers.mjs', import.meta.url));

async function post(server: ServerProcess, ...all: object[]): Promise<number> {
  const reports = all.map((fields) => ({ repo: 'web', last_check: new Date().toISOString(), ...fields }));
  const answer = await fetch(`${server.url}/api/v1/reports`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(reports),
  });
  return answer.status;
}

const listen = async (server: ServerProcess, headers: Record<string, string> = {}) =>
  new EventStream(await fetch(`${server.url}/api/v1/events`, { headers }));

describe('a listener to the events of a server', () => {
  test('misses nothing over a restart of the server, and does not delay it', () =>
    withFolder(async (folder) => {
      const path = join(folder, 'status.db');
      let server = await ServerProcess.start(path);
      try {
        expect(await post(server, { server: 'a', sync_status: 'SYNCED' })).toBe(201);
        const stream = await listen(server);
        expect(await stream.next()).toMatchObject({ event: 'reset', id: '1' });
        await post(server, { server: 'a', sync_status: 'OUT_OF_SYNC', files: [{ name: 'motd' }] });
        const drifted = await stream.next();
        expect(drifted).toMatchObject({ event: 'state_changed', data: { previous_state: 'SYNCED' } });
        expect(await stream.next()).toMatchObject({ event: 'incident_opened' });

        // A stream that delays it is cut off in the end, which is an error for its reader.
        expect(await server.stop('SIGTERM')).toBe(0);
        expect(await stream.next()).toBeUndefined();

        server = await ServerProcess.start(path);
        const again = await listen(server, { 'Last-Event-ID': drifted?.id ?? '' });
        expect(await again.next()).toMatchObject({ event: 'incident_opened', id: '3' });
        await post(server, { server: 'a', sync_status: 'SYNCED' });
        expect(await again.next()).toMatchObject({ event: 'state_changed', data: { state: 'SYNCED' } });
        expect(await again.next()).toMatchObject({ event: 'incident_resolved' });
        await again.close();
      } finally {
        await server.stop('SIGKILL');
      }
    }));

  test('gets what another process records in the same database', () =>
    withFolder(async (folder) => {
      const path = join(folder, 'status.db');
      const server = await ServerProcess.start(path);
      const another = openStore({ databasePath: path }, '0.0.0-test');
      try {
        const stream = await listen(server);
        await stream.next();
        await recordAll(another, [aReport({ lastCheckAt: Date.now() })], { origin: 'import' });
        const data = { repo: 'rsyslog', state: 'SYNCED', origin: 'import' };
        expect(await stream.next()).toMatchObject({ event: 'target_added', data });
        await stream.close();
      } finally {
        await another.close();
        await server.stop('SIGKILL');
      }
    }));

  test('gets silence from a server without requests', () =>
    withFolder(async (folder) => {
      const env = { GITOPS_STATUS_STALE_AFTER: '2s' };
      const server = await ServerProcess.start(join(folder, 'status.db'), { env, preload: FAST_TIMERS });
      try {
        const stream = await listen(server);
        await stream.next();
        await post(server, { server: 'a', sync_status: 'SYNCED' });
        expect(await stream.next()).toMatchObject({ event: 'target_added' });
        const data = { server: 'a', state: 'STALE', origin: 'time' };
        expect(await stream.next()).toMatchObject({ event: 'state_changed', data });
        await stream.close();
      } finally {
        await server.stop('SIGKILL');
      }
    }));

  test('is cut off if it reads nothing while megabytes arrive, and others are not', () =>
    withFolder(async (folder) => {
      const server = await ServerProcess.start(join(folder, 'status.db'));
      try {
        const { port, host } = new URL(server.url);
        const stuck = connect(Number(port));
        stuck.write(`GET /api/v1/events HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
        await once(stuck, 'data');
        stuck.pause();
        const run_url = `https://ci.example/${'x'.repeat(4000)}`;
        const names = Array.from({ length: 1000 }, (_, i) => `s${i}`);
        for (const sync_status of ['OUT_OF_SYNC', 'SYNCED', 'OUT_OF_SYNC', 'SYNCED']) {
          const reports = names.map((name) => ({ server: name, sync_status, run_url }));
          expect(await post(server, ...reports)).toBe(201);
        }
        const stream = await listen(server);
        await stream.next();
        await post(server, { server: 'last', sync_status: 'SYNCED' });
        // Events are in order: a listener that has this one has all earlier ones.
        expect(await stream.next()).toMatchObject({ event: 'target_added', data: { server: 'last' } });
        stuck.on('error', () => undefined).resume();
        if (!stuck.destroyed) await once(stuck, 'close');
        await stream.close();
      } finally {
        await server.stop('SIGKILL');
      }
    }));
});

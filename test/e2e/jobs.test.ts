import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { withFolder } from './faults/folder.ts';
import { ServerProcess } from './server-process.ts';

const FAST_TIMERS = fileURLToPath(new URL('./fast-timers.mjs', import.meta.url));

test('a server that serves runs its jobs', () =>
  withFolder(async (folder) => {
    const server = await ServerProcess.start(join(folder, 'status.db'), { preload: FAST_TIMERS });
    try {
      const metrics = async () => (await fetch(`${server.url}/metrics`)).text();
      await expect
        .poll(metrics)
        .toMatch(/^gitops_status_server_retention_last_success_timestamp_seconds [1-9]/m);
    } finally {
      await server.stop('SIGKILL');
    }
  }));

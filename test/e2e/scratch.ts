import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { ServerProcess } from './server-process.ts';

/** A folder for the test; servers that are started in it end with it. */
export function scratch() {
  const folder = mkdtempSync(join(tmpdir(), 'gitops-status-e2e-'));
  const servers: ServerProcess[] = [];
  onTestFinished(async () => {
    for (const server of servers) await server.stop('SIGKILL');
    rmSync(folder, { recursive: true });
  });
  return {
    at: (name: string) => join(folder, name),
    async serve(
      databasePath: string,
      options: { env?: Readonly<Record<string, string>> } = {},
    ): Promise<ServerProcess> {
      const server = await ServerProcess.start(databasePath, options);
      servers.push(server);
      return server;
    },
  };
}

/** Posts a report about a server of its own, and resolves to the status code. */
export async function postReport(url: string, server: string, fields: object = {}): Promise<number> {
  const report = {
    repo: 'rsyslog',
    server,
    sync_status: 'SYNCED',
    last_check: new Date().toISOString(),
    ...fields,
  };
  const answer = await fetch(`${url}/api/v1/reports`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(report),
  });
  await answer.body?.cancel();
  return answer.status;
}

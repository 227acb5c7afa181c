import type { Target } from '../src/domain/target.ts';
import { type Child, startChild } from './child.ts';
import { wireRequest } from './load.ts';

/** The real one, on a free port of loopback; undefined if it is not installed. */
export async function startPushgateway(): Promise<Child | undefined> {
  try {
    return await startChild({
      file: 'prometheus-pushgateway',
      args: ['--web.listen-address=127.0.0.1:0'],
      portIn: (line) => {
        const [, port] = /msg="Listening on" address=\S+:(\d+)/.exec(line) ?? [];
        return port === undefined ? undefined : Number(port);
      },
    });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** One group per target, as repos pushed it before there was this server. */
export function pushOf({ repo, server }: Target, port: number): Buffer {
  const path = `/metrics/job/drift/repo/${repo}/server/${server}`;
  return wireRequest(
    { method: 'PUT', path, port },
    '# TYPE gitops_sync_status gauge\ngitops_sync_status 1\n',
  );
}

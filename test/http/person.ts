import { fromPeer } from './peer.ts';
import type { TestService } from './service.ts';

export const PROXY = '10.0.0.5';
export const SECRET = 'a-secret-of-the-proxy';

export const NAMED = { GITOPS_STATUS_USER_HEADER: 'Remote-User', GITOPS_STATUS_AUTH_PROXIES: '10.0.0.0/24' };
export const ON_LOOPBACK = {
  GITOPS_STATUS_USER_HEADER: 'X-Forwarded-User',
  GITOPS_STATUS_AUTH_PROXIES: '127.0.0.1 ::1',
  GITOPS_STATUS_AUTH_PROXY_SECRET: SECRET,
};

export type Sent = readonly (readonly [name: string, value: string])[];

export const ALICE: Sent = [['Remote-User', 'alice']];
interface Asked {
  readonly from?: string;
  readonly method?: string;
  readonly path?: string;
  readonly app?: { request: TestService['service']['app']['request'] };
}

/** Asks as the proxy does, or as another address. */
export async function ask(
  at: TestService,
  headers: Sent,
  { from = PROXY, method = 'GET', path = '/api/v1/status', app = at.service.app }: Asked = {},
): Promise<Response> {
  const env = await fromPeer(from, [['Host', 'localhost'], ...headers], { method, path });
  return app.request(path, { method }, env);
}

export const statusOf = async (...asked: Parameters<typeof ask>) => (await ask(...asked)).status;

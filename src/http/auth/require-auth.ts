import { isLoopback } from '../../config/addresses.ts';
import type { HttpSettings } from '../deps.ts';
import type { TokenDirectory } from './token-directory.ts';

/**
 * Why the server must not start: others could reach it, and nothing says who is allowed. That would be a live token, a
 * proxy that names people, or a setting for access without a token. Undefined if it may start, and always on loopback.
 */
export async function missingAuth(
  { host, anonymous, people }: Pick<HttpSettings, 'host' | 'anonymous' | 'people'>,
  tokens: Pick<TokenDirectory, 'hasLive'>,
): Promise<string | undefined> {
  if (isLoopback(host) || anonymous.length > 0 || people !== undefined || (await tokens.hasLive()))
    return undefined;
  return (
    `HOST=${host}: others can reach this address, and there is no valid token. Make one with ` +
    '"gitops-status-server token create NAME --scope report", declare some in GITOPS_STATUS_TOKENS_FILE, ' +
    'open something to everybody with GITOPS_STATUS_ANONYMOUS=read or read,report, let a proxy name ' +
    'people with GITOPS_STATUS_USER_HEADER, or listen on HOST=127.0.0.1.'
  );
}

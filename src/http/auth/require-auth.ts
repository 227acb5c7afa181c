import { isLoopback } from '../../config/addresses.ts';
import type { HttpSettings } from '../deps.ts';
import type { TokenDirectory } from './token-directory.ts';

/**
 * Why it would be wrong to serve: anybody who reaches the address could neither be let in nor should be. Undefined
 * on loopback, where there is a token that is good now, and where the settings say what is for everybody.
 */
export async function missingAuth(
  { host, anonymous }: Pick<HttpSettings, 'host' | 'anonymous'>,
  tokens: Pick<TokenDirectory, 'hasLive'>,
): Promise<string | undefined> {
  if (isLoopback(host) || anonymous.length > 0 || (await tokens.hasLive())) return undefined;
  return (
    `HOST=${host}: others can reach this address, and there is no token that is good now. Make one with ` +
    '"gitops-status-server token create NAME --scope report", declare some in GITOPS_STATUS_TOKENS_FILE, say what ' +
    'needs none with GITOPS_STATUS_ANONYMOUS=read or read,report, or listen on HOST=127.0.0.1.'
  );
}

import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { isLoopback } from '../../config/addresses.ts';
import { accessTo } from '../auth/access.ts';
import type { HttpSettings } from '../deps.ts';
import { headerOf } from '../node-http.ts';

/**
 * Throws 421 unless a request is for a host name of this server. It applies on loopback, and if the settings name
 * hosts. Otherwise a web page whose own name resolves to 127.0.0.1 could read everything (DNS rebinding). Health checks
 * are exempt, because probes may only know an address.
 */
export function hostCheck({
  host,
  allowedHosts,
  publicUrl,
}: Pick<HttpSettings, 'host' | 'allowedHosts' | 'publicUrl'>): (c: Context) => void {
  const isChecked = isLoopback(host) || allowedHosts.length > 0;
  const own = ['localhost', '127.0.0.1', '[::1]', host.includes(':') ? `[${host}]` : host];
  const names = [...own, ...allowedHosts, ...(publicUrl === undefined ? [] : [new URL(publicUrl).hostname])];
  const allowed = new Set(names.map((name) => name.toLowerCase()));

  return (c) => {
    const asked = headerOf(c, 'host') ?? new URL(c.req.url).host;
    const name = asked.replace(/:\d*$/, '').toLowerCase();
    if (isChecked && !allowed.has(name) && accessTo(c.req.method, c.req.path) !== 'health') {
      throw new HTTPException(421, {
        message:
          `This server does not accept the host name ${name}. If it should, add the name to ` +
          'GITOPS_STATUS_ALLOWED_HOSTS.',
      });
    }
  };
}

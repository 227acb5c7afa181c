import type { Context } from 'hono';
import { addressSet, trustedHops } from '../config/addresses.ts';
import type { HttpSettings } from './deps.ts';
import { headerOf, peerOf } from './node-http.ts';

const PROTOCOL = /^https?$/i;
const HOST = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;
const PREFIX = /^(?:\/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+\/?$/;

/** Where the client of a request reaches this server, without a slash at the end: `https://status.example.org/drift`. */
export type PublicUrlOf = (c: Context) => string;

/**
 * The setting; without it, the protocol, host and prefix that a trusted proxy names, and the request's own for the
 * rest. It always includes the base path.
 */
export function publicUrlReader({
  publicUrl,
  basePath,
  trustedProxies,
}: Pick<HttpSettings, 'publicUrl' | 'basePath' | 'trustedProxies'>): PublicUrlOf {
  if (publicUrl !== undefined) {
    const fixed = withBasePath(publicUrl, basePath);
    return () => fixed;
  }
  const isTrusted = addressSet(trustedProxies);
  return (c) => {
    const own = new URL(c.req.url);
    const { protocol, host, prefix = '' } = forwarded(c, isTrusted);
    return withBasePath(`${protocol ?? own.protocol.slice(0, -1)}://${host ?? own.host}${prefix}`, basePath);
  };
}

/** The path of a public URL; empty for the root. */
export function pathOf(publicUrl: string): string {
  return new URL(publicUrl).pathname.replace(/\/$/, '');
}

/** Some proxies add the whole prefix: it may end with the base path already. */
function withBasePath(url: string, basePath: string): string {
  return pathOf(url).endsWith(basePath) ? url : `${url}${basePath}`;
}

interface ForwardedParts {
  readonly protocol?: string | undefined;
  readonly host?: string | undefined;
  readonly prefix?: string | undefined;
}

/** What trusted proxies say about the request that they got. From others this could make links that lead elsewhere. */
function forwarded(c: Context, isTrusted: (address: string) => boolean): ForwardedParts {
  const hops = trustedHops(peerOf(c), { forwardedFor: headerOf(c, 'x-forwarded-for'), isTrusted });
  if (hops === 0) return {};
  const { proto, host } = pairsOf(outermost(headerOf(c, 'forwarded'), hops));
  return {
    protocol: matching(PROTOCOL, outermost(headerOf(c, 'x-forwarded-proto'), hops) ?? proto)?.toLowerCase(),
    host: hostIn(outermost(headerOf(c, 'x-forwarded-host'), hops) ?? host),
    prefix: matching(PREFIX, outermost(headerOf(c, 'x-forwarded-prefix'), hops))?.replace(/\/$/, ''),
  };
}

/**
 * The value of the outermost trusted proxy, in a list to which each proxy appends one. Earlier values are claims of the
 * client.
 */
function outermost(list: string | undefined, hops: number): string | undefined {
  const values = list?.split(',').map((value) => value.trim()) ?? [];
  return values[Math.max(0, values.length - hops)];
}

/** The pairs of one element of `Forwarded` (RFC 7239): `for=192.0.2.1;proto=https;host="status.example.org"`. */
function pairsOf(element = ''): { readonly proto?: string | undefined; readonly host?: string | undefined } {
  const pairs = new Map(
    element.split(';').map((pair) => {
      const [name = '', value = ''] = pair.split('=').map((part) => part.trim());
      return [name.toLowerCase(), value.replace(/^"(.*)"$/, '$1')];
    }),
  );
  return { proto: pairs.get('proto'), host: pairs.get('host') };
}

function hostIn(text: string | undefined): string | undefined {
  return URL.canParse(`http://${text}`) ? matching(HOST, text) : undefined;
}

function matching(pattern: RegExp, text: string | undefined): string | undefined {
  return text !== undefined && pattern.test(text) ? text : undefined;
}

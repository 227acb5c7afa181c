import { BlockList, isIP, isIPv6 } from 'node:net';

const IPV4_IN_IPV6 = /^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i;

const LOOPBACK = addressSet(['127.0.0.0/8', '::1']);

/** Whether only this machine can reach the listening address. A host name other than localhost may be any address. */
export function isLoopback(host: string): boolean {
  return host.toLowerCase() === 'localhost' || LOOPBACK(host);
}

/** Whether it is an address such as 10.0.0.1, or a network such as 10.0.0.0/8 or fd00::/8. */
export function isNetwork(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  if (isIP(address) === 0 || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (isIPv6(address) ? 128 : 32));
}

/** Makes a function that says whether an address is in one of the networks. */
export function addressSet(networks: readonly string[]): (address: string) => boolean {
  const set = new BlockList();
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (bits === undefined) set.addAddress(address, family);
    else set.addSubnet(address, Number(bits), family);
  }
  return (address) => isIP(address) !== 0 && set.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

/**
 * The address that a request comes from: the right-most address in `X-Forwarded-For` that is no trusted proxy.
 * Everything to the left of it is only a claim of that address.
 */
export function originOf(
  peer: string,
  { forwardedFor, isTrusted }: { forwardedFor: string | undefined; isTrusted: (address: string) => boolean },
): string {
  const passed = (forwardedFor ?? '').split(',').map((address) => plain(address.trim()));
  let origin = plain(peer);
  while (isTrusted(origin)) {
    const before = passed.pop();
    if (before === undefined || isIP(before) === 0) break;
    origin = before;
  }
  return origin;
}

/**
 * How many trusted proxies a request came through: the peer and, from the right, the addresses in `X-Forwarded-For`, up
 * to the first that is none.
 */
export function trustedHops(
  peer: string,
  { forwardedFor, isTrusted }: { forwardedFor: string | undefined; isTrusted: (address: string) => boolean },
): number {
  const passed = (forwardedFor ?? '').split(',').map((address) => address.trim());
  const chain = [peer, ...passed.reverse()].map(plain);
  const outside = chain.findIndex((address) => !isTrusted(address));
  return outside === -1 ? chain.length : outside;
}

/**
 * The key under which failed attempts are counted: an IPv4 address, or the /64 network of an IPv6 address, which
 * belongs to one subscriber.
 */
export function subscriberOf(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('::');
  const groups = head.split(':').filter(Boolean);
  const rest = tail?.split(':').filter(Boolean) ?? [];
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - groups.length - rest.length }, () => '0');
  return [...groups, ...zeros, ...rest].slice(0, 4).join(':');
}

/** Writes `::ffff:10.0.0.1` as the IPv4 address that it is. */
function plain(address: string): string {
  return address.replace(IPV4_IN_IPV6, '');
}

import { BlockList, isIP, isIPv6 } from 'node:net';

const IPV4_IN_IPV6 = /^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i;

const LOOPBACK = addressSet(['127.0.0.0/8', '::1']);

/** Whether only this machine can reach the listening address. A host name other than localhost may be any address. */
export function isLoopback(host: string): boolean {
  return host.toLowerCase() === 'localhost' || LOOPBACK(host);
}

/** Whether a text is an address such as 10.0.0.1, or a network such as 10.0.0.0/8 or fd00::/8. */
export function isNetwork(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  if (isIP(address) === 0 || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (isIPv6(address) ? 128 : 32));
}

/** What is wrong with a network that must be written exactly; undefined if nothing is. */
export function networkFault(text: string): string | undefined {
  if (!isNetwork(text)) return 'is neither an address nor a network such as 10.0.0.0/8';
  const [address = '', bits] = text.split('/');
  if (bits === undefined) return undefined;
  const digits = bitsOf(address);
  return /1/.test(digits.slice(Number(bits)))
    ? `has bits after the first ${bits}: name the first address of the network, or ${address} without /${bits}`
    : undefined;
}

/** Whether a network has only addresses of this machine. */
export function reachesLoopback(network: string): boolean {
  const [address = ''] = network.split('/');
  const isIn = addressSet([network]);
  return LOOPBACK(plain(address)) || ['127.0.0.1', '::1', '::ffff:127.0.0.1'].some(isIn);
}

function bitsOf(address: string): string {
  const [numbers, radix, width] = isIPv6(address)
    ? ([ipv6Groups(new URL(`http://[${address}]`).hostname.slice(1, -1)), 16, 16] as const)
    : ([address.split('.'), 10, 8] as const);
  return numbers.map((one) => Number.parseInt(one, radix).toString(2).padStart(width, '0')).join('');
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
 * Addresses left of it are only claims of that address.
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
 * How many trusted proxies a request came through. It counts the peer and, from the right, the addresses in
 * `X-Forwarded-For` up to the first that is no trusted proxy.
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
  return isIPv6(address) ? ipv6Groups(address).slice(0, 4).join(':') : address;
}

/** The eight groups of an IPv6 address without a dotted end. */
function ipv6Groups(address: string): string[] {
  const [head = '', tail] = address.split('::');
  const groups = head.split(':').filter(Boolean);
  const rest = tail?.split(':').filter(Boolean) ?? [];
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - groups.length - rest.length }, () => '0');
  return [...groups, ...zeros, ...rest];
}

/** Writes `::ffff:10.0.0.1` as the IPv4 address that it is. */
export function plain(address: string): string {
  return address.replace(IPV4_IN_IPV6, '');
}

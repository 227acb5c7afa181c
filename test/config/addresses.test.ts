import { describe, expect, test } from 'vitest';
import {
  addressSet,
  isLoopback,
  isNetwork,
  originOf,
  subscriberOf,
  trustedHops,
} from '../../src/config/addresses.ts';

test.each([
  ['127.0.0.1', true],
  ['127.1.2.3', true],
  ['::1', true],
  ['localhost', true],
  ['LocalHost', true],
  ['0.0.0.0', false],
  ['::', false],
  ['10.0.0.1', false],
  ['localhost.example', false],
  ['server', false],
])('listening on %s reaches this machine only: %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});

test.each([
  ['10.0.0.0/8', true],
  ['10.0.0.1', true],
  ['fd00::/8', true],
  ['10.0.0.0/33', false],
  ['fd00::/129', false],
  ['10.0.0/8', false],
  ['proxy', false],
  ['10.0.0.0/8/8', false],
  ['10.0.0.0/', false],
])('%s is a network: %s', (text, expected) => {
  expect(isNetwork(text)).toBe(expected);
});

describe('the address of a request', () => {
  const isTrusted = addressSet(['10.0.0.0/8', 'fd00::1']);
  const from = (peer: string, forwardedFor?: string) => originOf(peer, { forwardedFor, isTrusted });

  test('is the other end of the connection, whatever it claims, unless that is a trusted proxy', () => {
    expect(from('192.0.2.1')).toBe('192.0.2.1');
    expect(from('192.0.2.1', '198.51.100.7')).toBe('192.0.2.1');
    expect(originOf('127.0.0.1', { forwardedFor: '198.51.100.7', isTrusted: addressSet([]) })).toBe(
      '127.0.0.1',
    );
  });

  test.each([
    ['10.0.0.1', '198.51.100.7', '198.51.100.7'],
    ['::ffff:10.0.0.1', '198.51.100.7', '198.51.100.7'],
    ['fd00::1', '2001:db8::7', '2001:db8::7'],
    ['10.0.0.1', '1.1.1.1, 198.51.100.7', '198.51.100.7'],
    ['10.0.0.1', '1.1.1.1, 198.51.100.7,10.9.9.9', '198.51.100.7'],
    ['10.0.0.1', undefined, '10.0.0.1'],
    ['10.0.0.1', '10.0.0.2', '10.0.0.2'],
    ['10.0.0.1', '198.51.100.7, unknown', '10.0.0.1'],
    ['10.0.0.1', '198.51.100.7, <script>, 10.0.0.2', '10.0.0.2'],
  ])('from %s with the header %j is %s: the last one that is not ours', (peer, forwardedFor, expected) => {
    expect(from(peer, forwardedFor)).toBe(expected);
  });
});

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8::1', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
  ['', ''],
])('attempts from %s count for %s', (address, subscriber) => {
  expect(subscriberOf(address)).toBe(subscriber);
});

describe('the trusted proxies that a request came through', () => {
  const isTrusted = addressSet(['127.0.0.1', '10.0.0.0/8']);

  test.each([
    ['192.0.2.1', undefined, 0],
    ['192.0.2.1', '10.0.0.1', 0],
    ['127.0.0.1', undefined, 1],
    ['::ffff:127.0.0.1', '192.0.2.1', 1],
    ['127.0.0.1', '192.0.2.1, 10.0.0.1', 2],
    ['127.0.0.1', '10.0.0.2, 192.0.2.1, 10.0.0.1', 2],
    ['127.0.0.1', '10.0.0.2, nonsense', 1],
    ['127.0.0.1', '10.0.0.2', 2],
    ['', '10.0.0.2', 0],
  ])('from %j with the header %j are %d', (peer, forwardedFor, hops) => {
    expect(trustedHops(peer, { forwardedFor, isTrusted })).toBe(hops);
  });
});

import { describe, expect, test } from 'vitest';
import { addressesOf } from '../../src/domain/database-hosts.ts';

describe('the addresses of a PostgreSQL', () => {
  test.each([
    'postgres://ann:secret@db:5432/status?sslmode=verify-full',
    'postgres:///status?host=/run/postgresql',
    'postgres://ann@/status?host=/run/postgresql&port=5433',
  ])('%s is one, as it is', (url) => {
    expect(addressesOf(url)).toEqual([url]);
  });

  test('are one for each host, each with its own port, and the same user, database and settings', () => {
    expect(addressesOf('postgresql://ann:s%2Ce@a:5432,b,[::1]:5433/status?sslmode=require')).toEqual([
      'postgresql://ann:s%2Ce@a:5432/status?sslmode=require',
      'postgresql://ann:s%2Ce@b/status?sslmode=require',
      'postgresql://ann:s%2Ce@[::1]:5433/status?sslmode=require',
    ]);
  });

  test('are also listed in the query, with a port for all or one for each', () => {
    const hosts = (url: string) =>
      addressesOf(url).map((one) => {
        const { searchParams } = new URL(one.replace('@/', '@x/'));
        return `${searchParams.get('host')} ${searchParams.get('port')}`;
      });
    expect(hosts('postgres://ann@/status?host=/a,/b&port=1,2')).toEqual(['/a 1', '/b 2']);
    expect(hosts('postgres://ann@/status?host=/a,/b&port=1')).toEqual(['/a 1', '/b 1']);
    expect(hosts('postgres://ann@/status?host=%2Fa%2C%2Fb')).toEqual(['/a null', '/b null']);
  });
});

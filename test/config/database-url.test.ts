import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config/config.ts';
import { databaseName } from '../../src/config/database-url.ts';

const parse = (DATABASE_URL: string) => parseConfig({ DATABASE_URL }, () => '');

describe('the address of a database', () => {
  test.each([
    ['sqlite:a.db', resolve('a.db')],
    ['sqlite:./data/a.db', resolve('data/a.db')],
    ['sqlite:../a', resolve('../a')],
    ['sqlite:/var/lib/a.db', '/var/lib/a.db'],
    ['sqlite:///var/lib/a.db', '/var/lib/a.db'],
    ['sqlite:/var/lib/with blank', '/var/lib/with blank'],
    ['sqlite::memory:', ':memory:'],
  ])('%s is %s', (url, databasePath) => {
    expect(parse(url)).toMatchObject({ databasePath });
  });

  test.each([
    ['sqlite://data/a.db', 'write sqlite:data/a.db for a path from the current folder, or sqlite:/data/a.db'],
    ['sqlite://a.db', 'write sqlite:a.db for'],
    ['sqlite://./a.db', 'write sqlite:./a.db for'],
    ['sqlite:./a.db?mode=ro', 'without "?" and "#": write sqlite:./a.db'],
    ['sqlite:/a.db?', 'write sqlite:/a.db'],
    ['sqlite:/a.db#x', 'write sqlite:/a.db'],
    ['sqlite:?a=b', 'write sqlite:PATH'],
    ['sqlite:', 'names no file: write sqlite:PATH'],
    ['sqlite: ', 'names no file: write sqlite:PATH'],
    ['sqlite:/', 'names no file: write sqlite:PATH'],
    ['sqlite://', 'names no file: write sqlite:PATH'],
    ['sqlite:///', 'names no file: write sqlite:PATH'],
    ['sqlite:.', 'names a folder'],
    ['sqlite:..', 'names a folder'],
    ['sqlite:/data/', 'names a folder: write the file too, such as sqlite:/data/gitops-status.db'],
    ['sqlite:/data/.', 'names a folder'],
    ['sqlite:~/a.db', 'must have the whole path'],
    ['sqlite:file:a.db', 'write sqlite:a.db'],
    ['SQLITE:a.db', 'must be sqlite:PATH'],
    ['file:a.db', 'must be sqlite:PATH'],
    ['./a.db', 'must be sqlite:PATH'],
    ['mysql://host/db', 'must be sqlite:PATH'],
    ['postgres://host', 'names no database: write postgres://USER@HOST:PORT/DATABASE'],
    ['postgres://host/', 'names no database: write postgres://USER@HOST:PORT/DATABASE'],
    ['postgresql://host/a/b', 'names no database: write postgres://USER@HOST:PORT/DATABASE'],
    ['postgres://host:port/db', 'is not an address: write postgres://USER@HOST:PORT/DATABASE'],
    ['postgres://a:5432,b:port/db', 'is not an address: write postgres://USER@HOST:PORT/DATABASE'],
    ['postgres://a,b/', 'names no database: write postgres://USER@HOST:PORT/DATABASE'],
    ['postgres://a,b/db?target_session_attrs=standby', 'must be one of any, primary, read-write'],
  ])('%s is refused with the right form', (url, words) => {
    expect(() => parse(url)).toThrow(/DATABASE_URL=/);
    expect(() => parse(url)).toThrow(words);
  });

  test.each([
    ['postgres://ann:secret@host/db', 'postgres://host/db'],
    ['postgresql://ann@host:5433/db?sslmode=verify-full', 'postgres://host:5433/db'],
    ['postgres://host/db?user=ann&password=secret', 'postgres://host/db'],
    ['postgres://ann@/db?host=/run/postgresql', 'postgres:///run/postgresql/db'],
    ['postgres://ann:secret@a:5432,b,[::1]:5433/db', 'postgres://a:5432,b,[::1]:5433/db'],
    ['postgres://a,b/db?target_session_attrs=read-write', 'postgres://a,b/db'],
    ['postgres:///db?host=/run/postgresql', 'postgres:///run/postgresql/db'],
  ])('%s is a PostgreSQL, which messages name without a password', (url, name) => {
    const config = parse(url);
    expect(config).toMatchObject({ databasePath: undefined, postgresUrl: url });
    expect(databaseName(config)).toBe(name);
  });

  const replica = (DATABASE_READ_URL: string, DATABASE_URL = 'postgres://a/db') =>
    parseConfig({ DATABASE_URL, DATABASE_READ_URL }, () => '');

  test('may have another one beside it, to read from', () => {
    const url = 'postgres://ann:secret@b,c/db?target_session_attrs=prefer-standby';
    expect(replica(url)).toMatchObject({ postgresReadUrl: url });
    expect(parse('postgres://a/db')).toMatchObject({ postgresReadUrl: undefined });
  });

  test.each([
    ['sqlite:b.db', 'postgres://a/db', 'must be postgres://…'],
    ['postgres://b', 'postgres://a/db', 'names no database'],
    ['postgres://b/db?target_session_attrs=near', 'postgres://a/db', 'must be one of any, primary'],
    ['postgres://b/db', 'sqlite:a.db', 'set DATABASE_URL to its primary'],
    ['postgres://ann:secret@b,c', 'postgres://a/db', 'DATABASE_READ_URL=postgres://b,c:'],
  ])('%s is refused as a replica of %s, with the right form', (readUrl, url, words) => {
    expect(() => replica(readUrl, url)).toThrow(words);
  });

  test.each([
    'postgres://ann:sec/secret@host/db',
    'postgres://ann:secret@host',
    'postgres://host/a/b?user=ann&password=secret',
  ])('the password of %s is not shown', (url) => {
    expect(() => parse(url)).toThrow(/DATABASE_URL=postgres:/);
    expect(() => parse(url)).not.toThrow(/secret/);
  });
});

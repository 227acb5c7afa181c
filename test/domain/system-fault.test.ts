import { describe, expect, test } from 'vitest';
import { systemFault } from '../../src/domain/system-fault.ts';

const failing = (code: string, fields: object = {}) =>
  Object.assign(new Error(`${code}: words of the system, open '/a/b'`), { code, syscall: 'open' }, fields);

const NAMED = [
  ...[
    'ENOENT',
    'EACCES',
    'EPERM',
    'EISDIR',
    'ENOTDIR',
    'EROFS',
    'ENOSPC',
    'EDQUOT',
    'EFBIG',
    'EEXIST',
    'EMFILE',
  ],
  ...['ENFILE', 'ELOOP', 'ENAMETOOLONG', 'EBUSY', 'ETXTBSY', 'EIO', 'ENXIO', 'ENODEV'],
  ...[
    'SQLITE_FULL',
    'SQLITE_BUSY',
    'SQLITE_IOERR_WRITE',
    'SQLITE_CANTOPEN',
    'SQLITE_READONLY',
    'SQLITE_CORRUPT',
  ],
];

describe('an error of the system is a sentence', () => {
  test.each(NAMED)("%s names the path, and uses none of the system's words", (code) => {
    const words = systemFault(failing(code, { path: '/a/b' }));
    expect(words).toMatch(new RegExp(`/a/b.*\\(${code}\\)\\.$`));
    expect(words).not.toContain('words of the system');
    expect(systemFault(failing(code), 'standard output')).toContain('standard output');
  });

  test.each(['EADDRINUSE', 'EADDRNOTAVAIL', 'EACCES', 'EPERM', 'EAFNOSUPPORT', 'EINVAL'])(
    '%s names the address and the setting',
    (code) => {
      const fields = { syscall: 'listen', address: '::1', port: 80 };
      expect(systemFault(failing(code, fields))).toMatch(/\[::1\]:80\b.*(?:--port or PORT|--host or HOST)/);
    },
  );

  test.each(['ENOTFOUND', 'EAI_AGAIN'])('%s names the host', (code) => {
    const fields = { syscall: 'getaddrinfo', hostname: 'nosuch.invalid' };
    expect(systemFault(failing(code, fields))).toMatch(/^nosuch\.invalid .*--host or HOST/);
  });

  test('one without a sentence of its own has its name and its code', () => {
    expect(systemFault(failing('EOWNERDEAD', { path: '/a/b' }))).toBe(
      '/a/b: words of the system (EOWNERDEAD).',
    );
  });

  test('any other error has none', () => {
    expect(systemFault(new Error('ENOENT'))).toBeUndefined();
    expect(systemFault(failing('ERR_OUT_OF_RANGE', { syscall: undefined }))).toBeUndefined();
  });
});

// What the operating system refuses, in words. The names are those of errno(3) and of SQLite's result codes.

interface SystemError extends Error {
  readonly code: string;
  readonly path?: unknown;
  readonly syscall?: unknown;
  readonly address?: unknown;
  readonly hostname?: unknown;
  readonly port?: unknown;
}

/** What is wrong with the thing of this name, and what to do. */
type Sentence = (name: string) => string;

const FILE_SENTENCES: Readonly<Record<string, Sentence>> = {
  ENOENT: (name) => `${name} does not exist: check the name and its folder`,
  EACCES: (name) =>
    `this user has no access to ${name}: change its owner or its mode, or run this as another user`,
  EPERM: (name) => `${name} may not be changed by this user: run this as its owner`,
  EISDIR: (name) => `${name} is a folder: name a file`,
  ENOTDIR: (name) => `${name} cannot exist: a part of its path is a file, not a folder`,
  EROFS: (name) => `${name} is on a file system that is read-only: name one that can be written to`,
  ENOSPC: (name) => `the disk of ${name} is full: make room, and try again`,
  EDQUOT: (name) => `the quota of this user is used up at ${name}: make room, and try again`,
  EFBIG: (name) => `${name} is larger than its file system or a limit (ulimit -f) allows`,
  EEXIST: (name) => `${name} already exists: choose another name`,
  EMFILE: (name) =>
    `${name} cannot be opened, because this program has too many files open: raise "ulimit -n"`,
  ENFILE: (name) => `${name} cannot be opened, because this machine has too many files open`,
  ELOOP: (name) => `${name} is a link that leads back to itself`,
  ENAMETOOLONG: (name) => `the name ${name} is too long`,
  EBUSY: (name) => `${name} is in use: stop what uses it`,
  ETXTBSY: (name) => `${name} is in use: stop what uses it`,
  EIO: (name) => `the disk of ${name} fails: look at the log of the system`,
  ENXIO: (name) => `${name} cannot be read or written: name a file`,
  ENODEV: (name) => `${name} cannot be read or written: name a file`,
};

const ADDRESS_SENTENCES: Readonly<Record<string, Sentence>> = {
  EADDRINUSE: (name) =>
    `${name} is taken by another process: stop that one, or choose another port with --port or PORT`,
  EADDRNOTAVAIL: (name) =>
    `${name} is not an address of this machine: choose another one with --host or HOST, such as 127.0.0.1`,
  EACCES: (name) =>
    `this user may not use ${name}: choose a port from 1024 on with --port or PORT, or allow this one`,
  EPERM: (name) => `this user may not use ${name}: choose another one with --port or PORT`,
  EAFNOSUPPORT: (name) =>
    `${name} is a kind of address that this machine does not have: choose another one with --host or HOST`,
  ENOTFOUND: (name) => `${name} has no address: choose another one with --host or HOST, such as 127.0.0.1`,
  EAI_AGAIN: (name) => `${name} cannot be looked up now: try again, or choose an address with --host or HOST`,
  EINVAL: (name) => `${name} cannot be listened on: choose another one with --host or HOST`,
};

const DATABASE_SENTENCES: readonly (readonly [codes: RegExp, sentence: Sentence])[] = [
  [/^SQLITE_FULL/, (name) => `the disk of ${name} is full: make room, and try again`],
  [/^SQLITE_(?:BUSY|LOCKED)/, (name) => `${name} is locked by another process: stop that one, or try again`],
  [/^SQLITE_IOERR/, (name) => `the disk of ${name} fails, or is full: look at the log of the system`],
  [
    /^SQLITE_(?:CANTOPEN|PERM|READONLY)/,
    (name) => `${name} cannot be opened: this user must be able to write to it and to its folder`,
  ],
  [/^SQLITE_(?:CORRUPT|NOTADB)/, (name) => `${name} is damaged, or is not a database: restore a backup`],
];

/**
 * An error of the operating system or of SQLite as a sentence: what it is about, what is wrong, what to do. `name` says
 * what it is about if the error does not. Undefined for any other error.
 */
export function systemFault(error: unknown, name?: string): string | undefined {
  if (!isSystemError(error)) return undefined;
  const sentence = sentenceFor(error)?.(nameIn(error) ?? name ?? 'a file that is needed');
  if (sentence !== undefined) return `${sentence} (${error.code}).`;
  if (typeof error.syscall !== 'string') return undefined;
  const [, words = error.syscall] = /^[A-Z0-9_]+: (.*), /.exec(error.message) ?? [];
  return `${nameIn(error) ?? name ?? 'The system'}: ${words} (${error.code}).`;
}

function sentenceFor(error: SystemError): Sentence | undefined {
  if (isAboutAddress(error)) return ADDRESS_SENTENCES[error.code];
  return FILE_SENTENCES[error.code] ?? DATABASE_SENTENCES.find(([codes]) => codes.test(error.code))?.[1];
}

function nameIn(error: SystemError): string | undefined {
  const { path, address, hostname, port } = error;
  if (typeof path === 'string') return path;
  if (typeof hostname === 'string') return hostname;
  if (typeof address !== 'string') return undefined;
  const host = address.includes(':') ? `[${address}]` : address;
  return typeof port === 'number' ? `${host}:${port}` : host;
}

function isAboutAddress({ syscall }: SystemError): boolean {
  return syscall === 'listen' || syscall === 'bind' || syscall === 'getaddrinfo';
}

function isSystemError(error: unknown): error is SystemError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}

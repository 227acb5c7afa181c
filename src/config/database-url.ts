import { resolve } from 'node:path';

const SCHEME = 'sqlite:';
const EXAMPLE = 'for example sqlite:./data/gitops-status.db';
const IN_MEMORY = ':memory:';

/** What is wrong with the address of a database, with the right form; undefined where nothing is. */
export function databaseUrlFault(url: string): string | undefined {
  if (/^postgres(?:ql)?:/i.test(url)) return `PostgreSQL is not supported: write sqlite:PATH, ${EXAMPLE}`;
  if (!url.startsWith(SCHEME)) return `must be sqlite:PATH, ${EXAMPLE}`;
  return pathFault(url.slice(SCHEME.length));
}

/** The path of a database whose address has no fault. */
export function databasePathOf(url: string): string {
  const path = url.slice(SCHEME.length);
  return path === IN_MEMORY ? path : resolve(path);
}

function pathFault(path: string): string | undefined {
  const [before = '', ...options] = path.split(/[?#]/);
  if (options.length > 0)
    return `must end with the path, without "?" and "#": write sqlite:${before || 'PATH'}`;
  if (/^\/*\s*$/.test(path)) return `names no file: write sqlite:PATH, ${EXAMPLE}`;
  if (/^\/\/[^/]/.test(path)) {
    const name = path.slice(2);
    return `must have no "//": write sqlite:${name} for a path from the current folder, or sqlite:/${name} from the root`;
  }
  if (path.startsWith('file:')) return `must be sqlite:PATH: write sqlite:${path.slice('file:'.length)}`;
  if (/^~/.test(path)) return 'must have the whole path: "~" means nothing here';
  if (/(?:^|\/)\.{0,2}$/.test(path))
    return `names a folder: write the file too, such as sqlite:${path.replace(/\/$/, '')}/gitops-status.db`;
  return undefined;
}

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

type AssetName = 'style.css' | 'favicon.svg';

interface Source {
  readonly name: AssetName;
  readonly type: string;
  /** In `src/page`, one after the other. */
  readonly files: readonly string[];
}

/** What the pages load beside themselves. */
const SOURCES: readonly Source[] = [
  {
    name: 'style.css',
    type: 'text/css; charset=utf-8',
    files: ['base', 'frame', 'state', 'control', 'table', 'facts', 'picture', 'phone'].map(
      (part) => `style/${part}.css`,
    ),
  },
  { name: 'favicon.svg', type: 'image/svg+xml', files: ['favicon.svg'] },
];

/** The same in `src` and in `dist`, where the build copies it. */
const FOLDER = new URL('../../page/', import.meta.url);

interface Asset {
  readonly type: string;
  readonly bytes: Buffer<ArrayBuffer>;
  readonly gzipped: Buffer<ArrayBuffer>;
}

export interface Assets {
  /** The address of this very content: it names a hash of it, and may be kept for good. */
  hrefOf(name: AssetName): string;
  /** What is at an address; undefined where it is none of ours, or of another version. */
  at(path: string): Asset | undefined;
}

/** Reads, hashes and compresses them once. */
export function loadAssets(): Assets {
  const hrefs = new Map<string, string>();
  const assets = new Map<string, Asset>();
  for (const { name, type, files } of SOURCES) {
    const bytes = Buffer.concat(files.map((file) => readFileSync(new URL(file, FOLDER))));
    const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 12);
    const href = `/assets/${name.replace('.', `.${hash}.`)}`;
    hrefs.set(name, href);
    assets.set(href, { type, bytes, gzipped: Buffer.from(gzipSync(bytes, { level: 9 })) });
  }
  return { hrefOf: (name) => hrefs.get(name) ?? '', at: (path) => assets.get(path) };
}

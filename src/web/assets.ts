import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Frame } from './views/layout.tsx';

type AssetName = 'style.css' | 'favicon.svg' | 'uplot.js' | 'uplot.css' | `script/${string}.js`;

interface Source {
  readonly name: AssetName;
  readonly type: string;
  /** Below `src/web/static` or from a package, one after the other. */
  readonly files: readonly string[];
}

const { resolve } = createRequire(import.meta.url);
const UPLOT = new URL('./dist/', pathToFileURL(resolve('uplot/package.json')));
const SCRIPT = 'text/javascript; charset=utf-8';

/** The modules of the script; the first one loads the others. */
const MODULES = ['main', 'chart', 'copy', 'events', 'idiomorph', 'morph', 'refresh', 'times'] as const;

/** The other files that pages load. */
const SOURCES: readonly Source[] = [
  {
    name: 'style.css',
    type: 'text/css; charset=utf-8',
    files: ['base', 'frame', 'state', 'control', 'form', 'table', 'facts', 'picture', 'live', 'phone'].map(
      (part) => `style/${part}.css`,
    ),
  },
  { name: 'favicon.svg', type: 'image/svg+xml', files: ['favicon.svg'] },
  { name: 'uplot.js', type: SCRIPT, files: [`${UPLOT}uPlot.iife.min.js`] },
  { name: 'uplot.css', type: 'text/css; charset=utf-8', files: [`${UPLOT}uPlot.min.css`] },
];

/** The build copies this folder to `dist`. */
const FOLDER = new URL('./static/', import.meta.url);

interface Asset {
  readonly type: string;
  readonly bytes: Buffer<ArrayBuffer>;
  readonly gzipped: Buffer<ArrayBuffer>;
}

export interface Assets {
  /** The address of this content. It contains a hash of it, so it can be cached forever. */
  hrefOf(name: AssetName): string;
  /** The file at an address; undefined for unknown addresses and those of other versions. */
  at(path: string): Asset | undefined;
}

/** Reads, hashes and compresses them once. */
export function loadAssets(): Assets {
  const hrefs = new Map<string, string>();
  const assets = new Map<string, Asset>();
  const add = (name: AssetName, href: string, { type, bytes }: Pick<Asset, 'type' | 'bytes'>) => {
    hrefs.set(name, href);
    assets.set(href, { type, bytes, gzipped: Buffer.from(gzipSync(bytes, { level: 9 })) });
  };
  for (const { name, type, files } of SOURCES) {
    const bytes = Buffer.concat(files.map((file) => readFileSync(new URL(file, FOLDER))));
    add(name, `/assets/${name.replace('.', `.${hashOf(bytes)}.`)}`, { type, bytes });
  }
  // The modules import each other, so they share one version.
  const modules = MODULES.map((name) => ({ name, bytes: readModule(name) }));
  const version = hashOf(Buffer.concat(modules.map(({ bytes }) => bytes)));
  for (const { name, bytes } of modules) {
    add(`script/${name}.js`, `/assets/script.${version}/${name}.js`, { type: SCRIPT, bytes });
  }
  return { hrefOf: (name) => hrefs.get(name) ?? '', at: (path) => assets.get(path) };
}

function readModule(name: (typeof MODULES)[number]): Buffer<ArrayBuffer> {
  if (name !== 'idiomorph') return readFileSync(new URL(`script/${name}.js`, FOLDER));
  // Only the script is available minified, a fifth of the size. Its own build makes the module in the same way.
  const script = readFileSync(resolve('idiomorph/dist/idiomorph.min.js'));
  return Buffer.concat([script, Buffer.from('\nexport { Idiomorph };\n')]);
}

/** The addresses of everything that a page may load. */
export function pageAssets({ hrefOf }: Assets): Frame['assets'] {
  return {
    style: hrefOf('style.css'),
    favicon: hrefOf('favicon.svg'),
    modules: MODULES.map((name) => hrefOf(`script/${name}.js`)),
    chart: { script: hrefOf('uplot.js'), style: hrefOf('uplot.css') },
  };
}

function hashOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 12);
}

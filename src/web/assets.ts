import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { minifyScript, minifyStyle } from './minify.ts';
import type { Frame } from './views/layout.tsx';

type Styles = `${'style' | 'fleet' | 'target' | 'report' | 'docs'}.css`;
type AssetName = Styles | 'favicon.svg' | 'scheme.js' | Font | `script/${string}.js`;
type Font = 'geist.woff2' | 'geist-mono.woff2';

interface Source {
  readonly name: AssetName;
  readonly type: string;
  /** Found in `src/web/static` or in a package, searched one after the other. */
  readonly files: readonly string[];
}

const { resolve } = createRequire(import.meta.url);
const SCRIPT = 'text/javascript; charset=utf-8';
const STYLE = 'text/css; charset=utf-8';

/** The modules of the script; the first one loads the others. */
const MODULES = [
  'main',
  'axis',
  'copy',
  'events',
  'fleet',
  'idiomorph',
  'morph',
  'pin',
  'refresh',
  'switch',
  'times',
] as const;
/** Loaded by the pages that need them. */
const LATER = ['timeline', 'between', 'cursor', 'dialog', 'print'] as const;
/** Loaded by a worker. */
const STREAM = 'stream';

/** The other files that pages load. The styles name the fonts, so these come first. */
const SOURCES: readonly Source[] = [
  font('geist.woff2', '@fontsource-variable/geist/files/geist-latin-wght-normal.woff2'),
  font('geist-mono.woff2', '@fontsource-variable/geist-mono/files/geist-mono-latin-wght-normal.woff2'),
  styles('style.css', [
    'token',
    'frame',
    'base',
    'state',
    'control',
    'form',
    'table',
    'facts',
    'picture',
    'incident',
    'live',
    'phone',
    'print',
  ]),
  styles('fleet.css', ['fleet', 'lines', 'map']),
  styles('target.css', ['target']),
  styles('report.css', ['report']),
  styles('docs.css', ['token', 'frame', 'docs']),
  { name: 'favicon.svg', type: 'image/svg+xml', files: ['favicon.svg'] },
  { name: 'scheme.js', type: SCRIPT, files: ['script/scheme.js'] },
];

function font(name: Font, file: string): Source {
  return { name, type: 'font/woff2', files: [pathToFileURL(resolve(file)).href] };
}

function styles(name: Styles, parts: readonly string[]): Source {
  return { name, type: STYLE, files: parts.map((part) => `style/${part}.css`) };
}

/** The build copies this folder to `dist`. */
const FOLDER = new URL('./static/', import.meta.url);

interface Asset {
  readonly type: string;
  readonly bytes: Buffer<ArrayBuffer>;
  /** Undefined if that would not be smaller. */
  readonly gzipped: Buffer<ArrayBuffer> | undefined;
}

export interface Assets {
  /** The address of this content. It contains a hash of it, so it can be cached forever. */
  hrefOf(name: AssetName): string;
  /** The file at an address; undefined for unknown addresses and those of other versions. */
  at(path: string): Asset | undefined;
}

/** Files never change while the process runs. They are read and hashed once, and compressed at the first request. */
export const loadAssets = once(readAssets);

function readAssets(): Assets {
  const hrefs = new Map<string, string>();
  const assets = new Map<string, () => Asset>();
  const add = (name: AssetName, href: string, { type, bytes }: Pick<Asset, 'type' | 'bytes'>) => {
    hrefs.set(name, href);
    assets.set(
      href,
      once(() => ({ type, bytes, gzipped: smallerOf(bytes) })),
    );
  };
  const hrefOf = (name: AssetName) => hrefs.get(name) ?? '';
  for (const { name, type, files } of SOURCES) {
    const read = Buffer.concat(files.map((file) => readFileSync(new URL(file, FOLDER))));
    const bytes = type === STYLE ? withFonts(read, hrefOf) : type === SCRIPT ? minified(read) : read;
    add(name, `/assets/${name.replace('.', `.${hashOf(bytes)}.`)}`, { type, bytes });
  }
  // The modules import each other, so they share one version.
  const modules = [...MODULES, ...LATER, STREAM].map((name) => ({ name, bytes: readModule(name) }));
  const version = hashOf(Buffer.concat(modules.map(({ bytes }) => bytes)));
  for (const { name, bytes } of modules) {
    add(`script/${name}.js`, `/assets/script.${version}/${name}.js`, { type: SCRIPT, bytes });
  }
  return { hrefOf, at: (path) => assets.get(path)?.() };
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

function smallerOf(bytes: Buffer): Asset['gzipped'] {
  const gzipped = Buffer.from(gzipSync(bytes, { level: 9 }));
  return gzipped.length < bytes.length ? gzipped : undefined;
}

/** A style names a font by its file: it is beside the style, with the hash of its content in its name. */
function withFonts(style: Buffer, hrefOf: Assets['hrefOf']): Buffer<ArrayBuffer> {
  const named = minifyStyle(style.toString()).replace(
    /url\((geist(?:-mono)?\.woff2)\)/g,
    (_, name) => `url(${hrefOf(name).replace('/assets/', '')})`,
  );
  return Buffer.from(named);
}

function readModule(name: string): Buffer<ArrayBuffer> {
  if (name !== 'idiomorph') return minified(readFileSync(new URL(`script/${name}.js`, FOLDER)));
  // Only the script is available minified, a fifth of the size. Its own build makes the module in the same way.
  const script = readFileSync(resolve('idiomorph/dist/idiomorph.min.js'));
  return Buffer.concat([script, Buffer.from('\nexport { Idiomorph };\n')]);
}

function minified(bytes: Buffer): Buffer<ArrayBuffer> {
  return Buffer.from(minifyScript(bytes.toString()));
}

/** The addresses of everything that a page may load. */
export function pageAssets({ hrefOf }: Assets): Frame['assets'] {
  return {
    style: hrefOf('style.css'),
    font: hrefOf('geist.woff2'),
    scheme: hrefOf('scheme.js'),
    favicon: hrefOf('favicon.svg'),
    modules: MODULES.map((name) => hrefOf(`script/${name}.js`)),
    styleOf: {
      fleet: hrefOf('fleet.css'),
      target: hrefOf('target.css'),
      report: hrefOf('report.css'),
      docs: hrefOf('docs.css'),
    },
  };
}

function hashOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 12);
}

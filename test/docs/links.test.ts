import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const DOCS = [
  ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
  ...readdirSync(`${ROOT}/docs`)
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
  'reporter/README.md',
];

const textOf = (doc: string) => readFileSync(join(ROOT, doc), 'utf8');
/** Without its blocks. */
const proseOf = (doc: string) => textOf(doc).replace(/^ *```[\s\S]*?^ *```$/gm, '');

/** In the form that GitHub makes from headings. */
function anchorsOf(doc: string): string[] {
  return [...proseOf(doc).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

describe.each(DOCS)('%s', (doc) => {
  test('has only links to files and headings that exist', () => {
    const links = [...proseOf(doc).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)];
    const broken = links.filter(([, path = '', anchor]) => {
      const to = path === '' ? doc : join(dirname(doc), path);
      return !existsSync(join(ROOT, to)) || (anchor !== undefined && !anchorsOf(to).includes(anchor));
    });
    expect(broken.map(([link]) => link)).toEqual([]);
  });

  test('names only files of the repo that exist', () => {
    const named = [...textOf(doc).matchAll(/`((?:src|test|migrations|bench|\.ci|docs)\/[\w./-]*)`/g)];
    const missing = named
      .map(([, path = '']) => path)
      .filter((path) => !existsSync(join(ROOT, path.replace(/NAME.*$/, ''))));
    expect(missing).toEqual([]);
  });

  test('begins with what the reader can do with it', () => {
    const [, first = ''] = proseOf(doc).split(/^# .*$/m);
    expect(first.trim()).not.toBe('');
    if (doc.startsWith('docs/') && doc !== 'docs/clients.md') expect(first.trim()).toMatch(/^With this /);
  });
});

test('the README is short, and leaves details to the docs', () => {
  expect(textOf('README.md').split('\n').length).toBeLessThan(250);
});

test('docs/settings.md lists all settings, and no other', () => {
  const source = textOf('src/config/config.ts');
  const settings = [...source.matchAll(/^ {2}([A-Z][A-Z_]+): /gm)].map(([, name]) => name);
  const rows = textOf('docs/settings.md').match(/^\| `[A-Z].*$/gm) ?? [];
  const documented = rows.flatMap((row) => row.split('|')[1]?.match(/[A-Z][A-Z_]+/g) ?? []);
  expect([...documented].sort()).toEqual([...new Set(settings)].sort());
});

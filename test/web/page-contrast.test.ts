import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const BASE = readFileSync(new URL('../../src/web/static/style/base.css', import.meta.url), 'utf8');

type Colors = Readonly<Record<string, string>>;

/** The custom properties of each `:root`: the light ones, and the dark ones over them. */
function schemes(): { light: Colors; dark: Colors } {
  const [light = {}, dark = {}] = [...BASE.matchAll(/:root \{([^}]*)\}/g)].map(([, body = '']) =>
    Object.fromEntries(
      [...body.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, hex]) => [name, hex]),
    ),
  );
  return { light, dark: { ...light, ...dark } };
}

/** https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
function contrast(a: string, b: string): number {
  const [lighter = 0, darker = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

const { light, dark } = schemes();

describe.each([
  ['light', light],
  ['dark', dark],
])('in the %s scheme', (_, colors) => {
  test.each(['text', 'quiet', 'link', 'out-of-sync', 'unknown', 'stale', 'synced'])(
    '%s can be read on every ground (WCAG AA)',
    (name) => {
      for (const ground of ['ground', 'surface', 'raised']) {
        expect(contrast(colors[name] ?? '', colors[ground] ?? '')).toBeGreaterThanOrEqual(4.5);
      }
    },
  );
});

test('the two schemes are not one', () => {
  expect(Object.keys(light).length).toBeGreaterThan(10);
  expect(dark.ground).not.toBe(light.ground);
});

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const TOKENS = readFileSync(new URL('../../src/web/static/style/token.css', import.meta.url), 'utf8');

type Colors = Readonly<Record<string, string>>;

/** Each token has a light and a dark colour. */
function schemes(): { light: Colors; dark: Colors } {
  const tokens = [...TOKENS.matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);/g)];
  return {
    light: Object.fromEntries(tokens.map(([, name, light]) => [name, light])),
    dark: Object.fromEntries(tokens.map(([, name, , dark]) => [name, dark])),
  };
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
])('the %s scheme', (_, colors) => {
  test.each(['text', 'muted', 'accent', 'drift', 'unknown', 'stale', 'sync'])(
    'has %s readable on every ground (WCAG AA)',
    (name) => {
      for (const ground of ['bg', 'surface', 'sunken'])
        expect(contrast(colors[name] ?? '', colors[ground] ?? '')).toBeGreaterThanOrEqual(4.5);
    },
  );

  test.each(['drift', 'unknown', 'stale'])(
    'has %s readable on its own wash, and its fill visible',
    (name) => {
      expect(contrast(colors[name] ?? '', colors[`${name}-wash`] ?? '')).toBeGreaterThanOrEqual(4.5);
      expect(contrast(colors[`${name}-fill`] ?? '', colors.surface ?? '')).toBeGreaterThanOrEqual(3);
    },
  );

  test('has readable words on the main button', () => {
    expect(contrast(colors['on-accent'] ?? '', colors.accent ?? '')).toBeGreaterThanOrEqual(4.5);
  });

  test('has visible edges of controls', () => {
    for (const ground of ['bg', 'surface'])
      expect(contrast(colors.edge ?? '', colors[ground] ?? '')).toBeGreaterThanOrEqual(3);
  });
});

test('the two schemes differ', () => {
  expect(Object.keys(light).length).toBeGreaterThan(10);
  expect(dark.bg).not.toBe(light.bg);
});

test('no other style names a colour', () => {
  const folder = new URL('../../src/web/static/style/', import.meta.url);
  for (const file of readdirSync(folder).filter((name) => name !== 'token.css')) {
    const text = readFileSync(new URL(file, folder), 'utf8');
    expect([file, text.match(/#[0-9a-f]{3,8}\b(?![^{]*\{)|\brgba?\(|\bhsla?\(/gi)]).toEqual([file, null]);
  }
});

import { beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { toCsv } from '../../src/http/csv.ts';
import { MINUTE, NOON } from '../fixtures.ts';
import { aBody, startService, type TestService } from './service.ts';

let at: TestService;
beforeEach(() => {
  at = startService();
});

/** The cells as a spreadsheet with another separator finds them: a quote counts only at the start of a cell. */
function cellsOf(csv: string, separator: string): string[] {
  const cells: string[] = [];
  const quoted = /"((?:[^"]|"")*)"/y;
  for (let i = 0; i < csv.length; ) {
    quoted.lastIndex = i;
    const found = quoted.exec(csv);
    const start = found === null ? i : quoted.lastIndex;
    let end = start;
    while (end < csv.length && csv[end] !== separator && csv[end] !== '\r' && csv[end] !== '\n') end++;
    cells.push((found?.[1] ?? '').replaceAll('""', '"') + csv.slice(start, end));
    i = end + 1;
  }
  return cells;
}

const LISTS = [
  ...['status', 'reports', 'timeline', 'incidents', 'files'].map((name) => `/api/v1/${name}`),
  ...['status', 'reports', 'incidents', 'files', 'annotations'].map((name) => `/grafana/${name}`),
  '/status.json',
];

/** How a spreadsheet of some locale recognises a formula. */
const FORMULA = /^[\s"']*[=+\-@＝＋－＠]/u;
const SIGNS = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];
const FORMULAS = [
  ...SIGNS.map((sign) => `${sign}1+1|cmd`),
  ...SIGNS.flatMap((sign) => [
    ` ${sign}1`,
    `"${sign}1`,
    `'${sign}1`,
    `" '${sign}1`,
    `x;${sign}1`,
    `x; "${sign}1`,
  ]),
];

const asDrift = (text: string) =>
  aBody({
    sync_status: 'OUT_OF_SYNC',
    files: [{ name: text }, { name: `x; ${text}` }],
    labels: { team: text },
    ...Object.fromEntries(
      ['error', 'error_kind', 'branch', 'check', 'commit', 'tool'].map((key) => [key, text]),
    ),
  });

const csvOf = async (path: string, more = '') => (await at.get(`${path}?format=csv${more}`)).text();

describe.each(FORMULAS)('%j', (text) => {
  test('is a formula in no list, whatever separates the cells', async () => {
    expect((await at.post(asDrift(text))).status).toBe(201);
    at.now += MINUTE;
    for (const path of LISTS) {
      const csv = await csvOf(path);
      expect(csv.split('\r\n').length, path).toBeGreaterThan(2);
      for (const separator of [',', ';', '\t', '|']) {
        const formulas = cellsOf(csv, separator).filter(
          (cell) => FORMULA.test(cell) && !cell.trim().startsWith("'"),
        );
        expect(formulas, `${path} by ${separator}`).toEqual([]);
      }
    }
  });
});

test.each(['\t', '\n', '\r', '\r\n'])(
  'text that begins with %j, or continues with it as a formula, has a quote',
  async (blank) => {
    await at.post(aBody({ sync_status: 'UNKNOWN', error: `${blank}x${blank}=1`, files: [{ name: 'a' }] }));
    const cells = cellsOf(await csvOf('/api/v1/status'), ',');
    const shown = cells.find((cell) => cell.includes('x') && cell.includes('=1'));
    expect(shown).toMatch(blank === '\r' ? /^\\u000dx\\u000d=1$/ : /^'\s+x\s+'=1$/);
  },
);

test('a name that begins with a formula has a quote before it; one that has one already has two', async () => {
  await at.post(
    aBody({ sync_status: 'OUT_OF_SYNC', files: [{ name: '=a' }, { name: "'=a" }, { name: '+b' }] }),
  );
  expect(cellsOf(await csvOf('/api/v1/status'), ',')).toContain("''=a; '+b; '=a");
});

describe('raw=true', () => {
  test.each(LISTS)('gives the text of %s as it was posted', async (path) => {
    const text = '=1+\u202e\u001b[31m1';
    const name = '=1\u202e';
    await at.post({ ...asDrift('x'), check: null, error: text, files: [{ name }] });
    at.now += MINUTE;
    const [shown, raw] = [await csvOf(path), await csvOf(path, '&raw=true')];
    expect(shown).not.toContain('\u202e');
    expect(shown).not.toContain('\u001b');
    expect(raw).toContain(name);
    expect(cellsOf(raw, ',').some((cell) => cell === name || cell === text)).toBe(true);
  });

  test.each(['1', 'yes', 'TRUE'])('may not be %s', async (raw) => {
    expect((await at.get(`/api/v1/status?format=csv&raw=${raw}`)).status).toBe(422);
  });

  test('is declared for every list with CSV', async () => {
    const { paths } = (await at.json('/openapi.json')) as {
      paths: Record<
        string,
        { get?: { parameters?: { name: string }[]; responses: { 200?: { content?: object } } } }
      >;
    };
    const lists = Object.entries(paths).filter(
      ([, { get }]) => 'text/csv' in (get?.responses[200]?.content ?? {}),
    );
    expect(lists.length).toBeGreaterThan(15);
    for (const [path, { get }] of lists) {
      expect(
        get?.parameters?.map(({ name }) => name),
        path,
      ).toContain('raw');
      expect(path).toMatch(/\.csv$/);
      const [plain, csv] = [`${path.replace(/\.csv$/, '')}?format=csv&raw=true`, `${path}?raw=true`];
      const answers = await Promise.all([at.get(plain), at.get(csv)]);
      expect(
        answers.map(({ status, headers }) => [status, headers.get('Content-Type')]),
        path,
      ).toEqual(Array(2).fill([200, 'text/csv; charset=utf-8']));
      expect(await answers[0]?.text()).toBe(await answers[1]?.text());
    }
  });
});

test('numbers stay numbers', async () => {
  await at.post(aBody({ last_check: new Date(NOON - MINUTE).toISOString(), duration_ms: 1500 }));
  const csv = await csvOf('/api/v1/reports');
  expect(csv).toMatch(/,1500,/);
  expect(csv).not.toContain("'");
});

test('a number below zero is no text', () => {
  const schema = z.object({ seconds: z.number(), name: z.string() });
  const csv = toCsv([{ seconds: -5, name: '-5' }], { schema, isRaw: false });
  expect(csv).toBe("seconds,name\r\n-5,'-5\r\n");
});

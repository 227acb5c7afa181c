import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, test } from 'vitest';
import { parseReportLine } from '../../src/cli/report-line.ts';
import { utf8Text } from '../../src/ingest/inputs/utf8.ts';
import { NOON } from '../fixtures.ts';
import { aBody, aDrift, problemOf, startService, type TestService } from './service.ts';

let at: TestService;
beforeEach(() => {
  at = startService();
});

const send = (body: Buffer, path = '/api/v1/reports', type = 'application/json') =>
  at.service.app.request(path, {
    method: 'POST',
    headers: { 'Content-Type': type },
    body: new Uint8Array(body),
  });
const push = (body: Buffer) => send(body, '/metrics/job/ci', 'text/plain');
const importLine = (line: Buffer) => parseReportLine(utf8Text(line, 'it'), { now: NOON, staleAfterMs: 1000 });

const drift = (inner: string) =>
  JSON.stringify(aDrift([])).replace('"files":[]', `"files":[{"name":"a"}],${inner}`);
const TAKEN_BY_OLDER = ['U+0000', 'half of a surrogate pair'];
const rows = async () => ((await at.json('/api/v1/reports')) as { rows: unknown[] }).rows;

describe('strict reading: a body', () => {
  const latin1 = Buffer.from(JSON.stringify(aDrift(['x\xe9', 'x\xe8', 'x\xea'])), 'latin1');
  const said = JSON.stringify(aBody());

  test.each([
    ['of Latin-1 names', latin1, 'is not UTF-8: byte'],
    ['that is cut within a character', Buffer.from('{"repo":"é"}').subarray(0, 10), 'is not UTF-8: byte'],
    ['of UTF-16', Buffer.from(`\ufeff${said}`, 'utf16le'), 'is UTF-16: send UTF-8'],
    ['of UTF-16 without a mark', Buffer.from(said, 'utf16le'), 'is UTF-16: send UTF-8'],
    ['of gzip without its header', gzipSync(said), 'is compressed with gzip'],
  ])('%s is a 400 that names it, also in an import', async (_, body, detail) => {
    expect(await problemOf(await send(body))).toMatchObject({
      status: 400,
      type: 'urn:gitops-status-server:problem:malformed',
      detail: expect.stringContaining(`The body ${detail}`),
    });
    expect(await problemOf(await push(body))).toMatchObject({
      status: 400,
      detail: expect.stringContaining(`The body ${detail}`),
    });
    expect(() => importLine(body)).toThrow(`it ${detail}`);
    expect(await rows()).toEqual([]);
  });

  test.each([
    ['"sync_status":"SYNCED"', '/sync_status', 'twice'],
    ['"sync\\u005fstatus":"SYNCED"', '/sync_status', 'twice'],
    ['"inode":9007199254740993', '/inode', 'send it as a string'],
    ['"site":{"racks":[{"id":1.00000000000000001}]}', '/site/racks/0/id', 'send it as a string'],
    ['"note":"a\\u0000"', '/note', 'U+0000'],
    ['"a\\u0000":1', '/a\0', 'U+0000'],
    ['"branch":"\\ud800"', '/branch', 'half of a surrogate pair'],
    ['"labels":{"env":"a","env":"b"}', '/labels/env', 'twice'],
  ])(
    'with %s is a 422 with a pointer, also in an import, except for characters',
    async (inner, pointer, detail) => {
      const body = drift(inner);
      const one = await problemOf(await send(Buffer.from(body)));
      expect(one).toMatchObject({
        status: 422,
        errors: [{ pointer, detail: expect.stringContaining(detail) }],
      });
      const array = Buffer.from(`[${JSON.stringify(aBody({ server: 'other' }))},${body}]`);
      expect(await problemOf(await send(array))).toMatchObject({
        status: 422,
        errors: [{ pointer: `/1${pointer}` }],
      });
      // Older versions accepted such characters, and their exports can be imported.
      if (TAKEN_BY_OLDER.some((one) => detail.includes(one))) importLine(Buffer.from(body));
      else expect(() => importLine(Buffer.from(body))).toThrow(`${pointer}: `);
      expect(await rows()).toEqual([]);
    },
  );

  test('may begin with a byte order mark', async () => {
    expect((await send(Buffer.from(`\ufeff${said}`))).status).toBe(201);
    expect((await send(Buffer.from(`\ufeff[${said}]`))).status).toBe(200);
    expect((await push(Buffer.from('\ufeffgitops_sync_status{repo="r",server="s"} 1\n'))).status).toBe(200);
  });

  test('of a push is accepted without U+0000 and refused with it', async () => {
    const nul = await push(Buffer.from('gitops_sync_status{repo="r",server="s",note="\0"} 1\n'));
    expect(await problemOf(nul)).toMatchObject({
      status: 400,
      detail: expect.stringContaining('Line 1 has U+0000'),
    });
    const path = await send(
      Buffer.from('gitops_sync_status 1\n'),
      '/metrics/job/a%00b/repo/r/server/s',
      'text/plain',
    );
    expect(await problemOf(path)).toMatchObject({ status: 400, detail: expect.stringContaining('U+0000') });
  });
});

describe('keys that are named like a prototype', () => {
  test('are stored and given back, and change nothing else', async () => {
    const inner = '"__proto__":{"isAdmin":true},"constructor":{"prototype":1},"toString":2';
    const body = drift(inner).replace('{"name":"a"}', '{"name":"a","__proto__":{"mode":7}}');
    expect((await send(Buffer.from(body))).status).toBe(201);
    const text = await (await at.get('/api/v1/reports')).text();
    expect(text).toContain('"__proto__":{"isAdmin":true}');
    expect(text).toContain('{"name":"a","__proto__":{"mode":7}}');
    expect(text).toContain('"constructor":{"prototype":1},"toString":2');
    expect(Object.keys(Object.prototype)).toEqual([]);
    // The same again is a duplicate; another value is another finding.
    expect((await send(Buffer.from(body))).status).toBe(200);
    expect((await send(Buffer.from(body.replace('"mode":7', '"mode":8')))).status).toBe(201);
  });

  test('are no labels', async () => {
    const labelled = await problemOf(await send(Buffer.from(drift('"labels":{"__proto__":"x"}'))));
    expect(labelled).toMatchObject({
      status: 422,
      errors: [{ pointer: '/labels/__proto__', detail: expect.stringContaining('the key must be') }],
    });
  });

  test('come back from an export', () => {
    const { report } = importLine(Buffer.from(drift('"__proto__":{"a":1}')));
    expect(JSON.stringify(report.extra)).toBe('{"__proto__":{"a":1}}');
  });
});

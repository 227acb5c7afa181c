import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkInProcess } from '../../src/workers/integrity-check.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gitops-status-check-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const idFile = () => join(folder, 'id');

/** A program in place of the checking one; it leaves its process id. */
function program(text: string): URL {
  const file = join(folder, 'program.mjs');
  writeFileSync(
    file,
    `import { writeFileSync } from 'node:fs';\nwriteFileSync(process.argv[2], String(process.pid));\n${text}`,
  );
  return pathToFileURL(file);
}

const isRunning = () => {
  try {
    return process.kill(Number(readFileSync(idFile(), 'utf8')), 0);
  } catch {
    return false;
  }
};

const never = () => new AbortController().signal;
/** Blocks its thread, as SQLite does. */
const BLOCKED = 'for (;;);';

describe('a check in its own process', () => {
  test.each([
    ['[]', { kind: 'sound' }],
    [`['page 7 is damaged']`, { kind: 'damaged', problems: ['page 7 is damaged'] }],
  ])('that says %s', async (problems, verdict) => {
    const answers = program(`process.send(${problems}, () => process.exit());`);
    expect(await checkInProcess(idFile(), never(), { program: answers })).toEqual(verdict);
  });

  test.each([
    ['that fails', 'process.exit(3);', 'its process ended with 3'],
    ['that says something else', `process.send('hello', () => process.exit());`, 'its process ended with 0'],
  ])('%s is unfinished', async (_, text, reason) => {
    expect(await checkInProcess(idFile(), never(), { program: program(text) })).toEqual({
      kind: 'unfinished',
      reason,
    });
  });

  test('that takes too long is killed', async () => {
    const verdict = await checkInProcess(idFile(), never(), { program: program(BLOCKED), limitMs: 2000 });
    expect(verdict).toEqual({ kind: 'unfinished', reason: 'it took more than 2 s' });
    expect(isRunning()).toBe(false);
  });

  test('is killed when the server stops', async () => {
    const stopping = new AbortController();
    const verdict = checkInProcess(idFile(), stopping.signal, { program: program(BLOCKED) });
    await expect.poll(() => existsSync(idFile()) && isRunning()).toBe(true);
    stopping.abort();
    expect(await verdict).toMatchObject({ kind: 'unfinished' });
    expect(isRunning()).toBe(false);
  });
});

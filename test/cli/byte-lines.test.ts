import fc from 'fast-check';
import { expect, test } from 'vitest';
import { byteLines } from '../../src/cli/byte-lines.ts';

async function* inChunks(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function linesOf(bytes: Buffer, size: number): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of byteLines(inChunks(bytes, size))) lines.push(line.toString('latin1'));
  return lines;
}

test('lines end with a newline and nothing else, wherever the chunks end', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ max: 12 }), fc.integer({ min: 1, max: 5 }), async (array, size) => {
      const bytes = Buffer.from(array);
      expect(await linesOf(bytes, size)).toEqual(bytes.toString('latin1').split('\n'));
    }),
  );
});

test('a line separator of Unicode within a text does not end a line', async () => {
  const line = '{"note":"a\u2028b\u2029c"}';
  const lines = await linesOf(Buffer.from(`${line}\n`), 3);
  expect(lines.map((one) => Buffer.from(one, 'latin1').toString())).toEqual([line, '']);
});

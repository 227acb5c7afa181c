import { describe, expect, test } from 'vitest';
import { bytesOf } from '../../src/http/response-bytes.ts';

const textOf = async (response: Response) => Buffer.from(await bytesOf(response)).toString();

describe('the bytes of an answer', () => {
  test('are its body, in however many pieces it comes', async () => {
    const pieces = ['a', 'bé', ''].map((text) => new TextEncoder().encode(text));
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const piece of pieces) controller.enqueue(piece);
        controller.close();
      },
    });
    expect(await textOf(new Response(stream))).toBe('abé');
    expect(await textOf(new Response('text'))).toBe('text');
    expect(await textOf(new Response(''))).toBe('');
    expect(await textOf(new Response(null))).toBe('');
  });

  test('are only those that were given, not the whole buffer that they were cut from', async () => {
    const cut = new TextEncoder().encode('what is before and after').subarray(5, 7);
    expect(await textOf(new Response(cut))).toBe('is');
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(cut);
        controller.close();
      },
    });
    expect(await textOf(new Response(stream))).toBe('is');
  });

  test('are a copy: the giver still has them', async () => {
    const given = new TextEncoder().encode('mine');
    new Uint8Array(await bytesOf(new Response(given))).fill(0);
    expect(new TextDecoder().decode(given)).toBe('mine');
  });
});

import { z } from 'zod';
import type { ReportPosition } from '../domain/questions/reader.ts';

const position = z.tuple([z.number().int(), z.number().int(), z.number().int()]);

/** A position as an opaque text. */
export function encodeCursor({ checkedAt, targetId, receivedAt }: ReportPosition): string {
  return Buffer.from(JSON.stringify([checkedAt, targetId, receivedAt])).toString('base64url');
}

/** Undefined if the text is not a cursor of this server. */
export function decodeCursor(text: string): ReportPosition | undefined {
  try {
    const parsed = position.safeParse(JSON.parse(Buffer.from(text, 'base64url').toString()));
    if (!parsed.success) return undefined;
    const [checkedAt, targetId, receivedAt] = parsed.data;
    return { checkedAt, targetId, receivedAt };
  } catch {
    return undefined; // Not JSON, so it is not a cursor of this server.
  }
}

import type { Context } from 'hono';

/** What the service knew when it was asked: its revision, and the time in epoch milliseconds. */
export interface Asked {
  readonly revision: string;
  readonly at: number;
}

/** Something that stays the same as long as nothing is recorded, up to an instant. */
export interface Lasting {
  readonly asked: Asked;
  readonly sameUntil: number;
}

/** Also where a clock was turned back: of the time before nothing is known. */
export function lasts({ asked, sameUntil }: Lasting, now: Asked): boolean {
  return asked.revision === now.revision && now.at >= asked.at && now.at < sameUntil;
}

/** Tells until when the answer stays the same to whoever passes it on to another thread, if anybody does. */
export function tellSameUntil(c: Context, sameUntil: number): void {
  c.env?.onSameUntil?.(sameUntil);
}

/** Whether whoever asks has what this tag stands for. RFC 9110: a list of tags, each maybe called weak, or any. */
export function isNamed(c: Context, etag: string | null): boolean {
  const tags = c.req.header('If-None-Match')?.split(',') ?? [];
  return tags.map((tag) => tag.trim().replace(/^W\//, '')).some((tag) => tag === '*' || tag === etag);
}

export function notModified(etag: string | null): Response {
  return new Response(null, { status: 304, headers: { ETag: etag ?? '' } });
}

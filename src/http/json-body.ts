import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { z } from 'zod';
import { readJson } from '../ingest/inputs/json/read-json.ts';
import { utf8Text } from '../ingest/inputs/utf8.ts';
import type { Bodies } from './bodies/bodies.ts';
import { readBody } from './bodies/read-body.ts';
import { requireJson } from './middleware/report-body.ts';
import { invalidRequest } from './problem.ts';

/** What people and scripts write about a mute is short. Bodies of this size need no room of their own. */
const MAX_BYTES = 32 * 1024;
const MAX_DEPTH = 4;

const LIMIT = {
  maxBytes: MAX_BYTES,
  tooLarge: () => new HTTPException(413, { message: `The body may have at most ${MAX_BYTES} bytes.` }),
};

/** Reads a JSON body as strictly as a report, and checks it. Throws what is wrong with it. */
export async function readJsonBody<S extends z.ZodType>(
  c: Context,
  schema: S,
  { budget }: Pick<Bodies, 'budget'>,
): Promise<z.output<S>> {
  requireJson(c);
  const { bytes, release } = await readBody(c, LIMIT, budget);
  try {
    const parsed = schema.safeParse(readJson(utf8Text(bytes), { maxDepth: MAX_DEPTH }));
    if (!parsed.success) throw invalidRequest(parsed.error, 'body');
    return parsed.data;
  } finally {
    release();
  }
}

/** The fields of a form, each with its values. */
export async function readForm(c: Context, { budget }: Pick<Bodies, 'budget'>): Promise<URLSearchParams> {
  const type = c.req.header('Content-Type') ?? '';
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(type)) {
    throw new HTTPException(415, {
      message: 'Send a form: "Content-Type: application/x-www-form-urlencoded".',
    });
  }
  const { bytes, release } = await readBody(c, LIMIT, budget);
  try {
    return new URLSearchParams(utf8Text(bytes));
  } finally {
    release();
  }
}

import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { DomainError } from '../../../domain/errors.ts';
import type { Signal } from '../../../events/listener.ts';
import { isResumable } from '../../../events/resume.ts';
import type { Listening } from '../../../events/tail.ts';
import { nodeTimers, turnsApart } from '../../../events/timers.ts';
import type { Store } from '../../../store/store.ts';
import { createLongRequests } from '../../auth/long-requests.ts';
import type { HttpDeps } from '../../deps.ts';
import { gzipAnswer } from '../../middleware/gzip.ts';
import { outgoingOf } from '../../node-http.ts';
import { eventPage, resetFrame, streamData, toEventRow } from '../../schemas/event.ts';
import { problemResponses } from '../../schemas/problem.ts';
import { filterParams, targetFilter, toNumber } from '../../schemas/query.ts';

/** How long a client waits before it connects again. */
const RETRY_MS = 2000;
const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;

/** No cache may store the stream, and no proxy may buffer it. */
const HEADERS = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-store',
  'X-Accel-Buffering': 'no',
};

const once = { error: 'must be given once' };

function wholeNumber({ min, max, description }: { min: number; max: number; description: string }) {
  const rule = z.number(`must be a whole number from ${min} to ${max}`).int().min(min).max(max);
  return z
    .string(once)
    .optional()
    .transform((text) => (text === undefined || text === '' ? undefined : toNumber(text)))
    .pipe(rule.optional())
    .openapi({ type: 'integer', minimum: min, maximum: max, description });
}

const eventQuery = z
  .strictObject({
    repo: filterParams.repo,
    server: filterParams.server,
    label: filterParams.label.openapi({
      param: {
        description:
          'Only events of targets that had these labels then, each as `key:value`. Repeat the parameter for ' +
          'several.',
      },
    }),
    format: z
      .enum(['stream', 'json'], 'must be stream or json')
      .default('stream')
      .openapi({ title: 'EventFormat', description: 'An endless stream, or a page of the log as JSON.' }),
    after: wholeNumber({
      min: 0,
      max: Number.MAX_SAFE_INTEGER,
      description:
        'JSON only. The events after this number: the `next` of the page before, or the `Event-Seq` of an ' +
        'answer. Without it, the log from its oldest event on.',
    }),
    limit: wholeNumber({
      min: 1,
      max: MAX_LIMIT,
      description: `JSON only. At most this many events are read, ${DEFAULT_LIMIT} by default.`,
    }),
  })
  .superRefine(({ format, after, limit }, context) => {
    if (format === 'json') return;
    for (const [name, value] of Object.entries({ after, limit })) {
      if (value === undefined) continue;
      context.addIssue({ code: 'custom', path: [name], message: 'is only for format=json' });
    }
  });

const getEvents = createRoute({
  method: 'get',
  path: '/api/v1/events',
  operationId: 'followEvents',
  tags: ['Answers'],
  summary: 'What happened to the targets, and what happens from now on',
  description:
    'The event log of the last 30 days. As server-sent events, for `EventSource`: `event` is the kind, ' +
    '`id` the seq, and the data an `Event`. A `reset`, whose data is `{}`, says that events before it ' +
    'are missing: ask for everything again. The stream begins with a `reset`. But if `Last-Event-ID` ' +
    'names an event, and no event after it is missing, the stream begins with the event after it. A ' +
    'client that reads too slowly is disconnected, and may connect again. The stream ends when its token ' +
    'is no longer valid. With `format=json` the answer is a page of the log; ask for the next one with ' +
    '`after` = `next`. If events after `after` are missing, the answer is 422.',
  request: {
    query: eventQuery,
    headers: z.object({
      'last-event-id': z
        .string()
        .optional()
        .openapi({ description: 'The last event that was seen; stream only' }),
    }),
  },
  responses: {
    200: {
      description: 'An endless stream of events, or a page of them',
      content: {
        'application/json': { schema: eventPage },
        'text/event-stream': { schema: streamData },
      },
    },
    ...problemResponses(422, 503),
  },
});

export function eventRoutes({ store, tail, ...deps }: Pick<HttpDeps, 'store' | 'tail' | 'tokens' | 'clock'>) {
  const streams = createLongRequests(deps);
  const ownTurn = turnsApart(nodeTimers);
  const app = new OpenAPIHono();
  app.use(getEvents.path, gzipAnswer);
  return app.openapi(getEvents, async (c) => {
    const { format, after, limit = DEFAULT_LIMIT, ...query } = c.req.valid('query');
    const filter = targetFilter(query);
    if (format === 'json') {
      // A page may take milliseconds of this thread, and many clients may ask for one at the same time.
      await ownTurn();
      const start = await startOf(store, after);
      const { events, next } = await store.eventsAfter(start, { limit, filter });
      return c.json({ rows: events.map(toEventRow), next }, 200, { 'Cache-Control': 'no-store' });
    }
    // Hono would answer HEAD with the stream of GET, which nobody reads.
    if (c.req.method === 'HEAD') return c.body(null, 200, HEADERS);
    const lastEventId = c.req.valid('header')['last-event-id'];
    const listening = await tail.subscribe(filter, { lastEventId, onTooSlow: () => cutOff(c) });
    const isOver = streams.add(c.get('caller'), () => {
      listening.end();
      if (isStuck(c)) cutOff(c);
    });
    return c.body(streamOf(listening, isOver), 200, HEADERS);
  });
}

/** Throws if events after `after` are missing, so that the reader notices. */
async function startOf(store: Store, after: number | undefined): Promise<number> {
  const bounds = await store.eventBounds();
  if (after === undefined) return bounds.from - 1;
  if (await isResumable(store, bounds, after)) return after;
  const detail =
    `events after it are missing: the log has ${bounds.from} to ${bounds.last}. Ask for everything ` +
    'again, then continue after the Event-Seq of that answer';
  throw new DomainError('invalid', `after: ${detail}.`, { fieldErrors: [{ parameter: 'after', detail }] });
}

/** Asks the listener for more only when the client has taken the last chunk. */
function streamOf(listening: Listening, isOver: () => void): ReadableStream<Uint8Array> {
  const signals = listening[Symbol.asyncIterator]();
  return new ReadableStream(
    {
      start: (controller) => controller.enqueue(Buffer.from(`retry: ${RETRY_MS}\n\n`)),
      async pull(controller) {
        const { done, value } = await signals.next();
        if (done !== true) return controller.enqueue(bytesOf(value));
        isOver();
        if (controller.desiredSize !== null) controller.close();
      },
      cancel() {
        isOver();
        listening.end();
      },
    },
    { highWaterMark: 0 },
  );
}

function bytesOf(signal: Signal): Uint8Array {
  switch (signal.kind) {
    case 'heartbeat':
      return Buffer.from(':\n\n');
    case 'reset':
      return Buffer.from(resetFrame(signal.seq));
    case 'events':
      return signal.bytes;
  }
}

/** Whether the client has yet to take what it was sent last. */
function isStuck(c: Context): boolean {
  return outgoingOf(c)?.writableNeedDrain === true;
}

/** A client that does not read would never see the end of the stream, so its connection is closed. */
function cutOff(c: Context): void {
  outgoingOf(c)?.destroy();
}

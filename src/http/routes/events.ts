import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { type SSEStreamingApi, streamSSE } from 'hono/streaming';
import type { Signal } from '../../live/signals.ts';
import type { HttpDeps } from '../deps.ts';
import { changeData, toEventData } from '../schemas/event.ts';
import { problemResponses } from '../schemas/problem.ts';
import { filterParams, targetFilter } from '../schemas/query.ts';

/** After how long a client that lost its connection comes back. */
const RETRY_MS = 2000;

/** No proxy may wait for more before it passes on what there is. */
const HEADERS = { 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' };

const { repo, server } = filterParams;

const getEvents = createRoute({
  method: 'get',
  path: '/api/v1/events',
  operationId: 'getEvents',
  tags: ['Answers'],
  summary: 'What happens to the targets, as it happens',
  description:
    'Server-sent events, for `EventSource`. `state`: a target is in another state than before, silence included. ' +
    '`incident_opened`, `incident_resolved`. Their data is a `Change`. `forgotten`: a target was deleted; its data ' +
    'is `repo` and `server`. `reset`: ask for everything anew, for what came before is not told; it comes first, ' +
    'unless `Last-Event-ID` names an event that is still remembered: then what was missed does.',
  request: {
    query: z.strictObject({ repo, server }),
    headers: z.object({
      'last-event-id': z.string().optional().openapi({ description: 'The last event that was seen' }),
    }),
  },
  responses: {
    200: { description: 'Events, without end', content: { 'text/event-stream': { schema: changeData } } },
    ...problemResponses(422, 503),
  },
});

export function eventRoutes({ live }: Pick<HttpDeps, 'live'>) {
  return new OpenAPIHono().openapi(getEvents, async (c) => {
    // Hono answers HEAD by what GET would answer, and nobody would ever read that.
    if (c.req.method === 'HEAD')
      return c.body(null, 200, { ...HEADERS, 'Content-Type': 'text/event-stream' });
    const lastEventId = c.req.valid('header')['last-event-id'];
    const listening = await live.listen(targetFilter(c.req.valid('query')), lastEventId);
    const response = streamSSE(c, async (stream) => {
      stream.onAbort(() => listening.end());
      await stream.write(`retry: ${RETRY_MS}\n\n`);
      for await (const signal of listening) await pass(signal, stream);
    });
    for (const [name, value] of Object.entries(HEADERS)) response.headers.set(name, value);
    return response;
  });
}

async function pass(signal: Signal, stream: SSEStreamingApi): Promise<void> {
  switch (signal.kind) {
    case 'heartbeat':
      await stream.write(':\n\n');
      return;
    case 'reset':
      await stream.writeSSE({ event: 'reset', id: signal.id, data: '{}' });
      return;
    case 'event': {
      const { event } = signal;
      await stream.writeSSE({
        event: event.what.kind,
        id: event.id,
        data: JSON.stringify(toEventData(event)),
      });
    }
  }
}

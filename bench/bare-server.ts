import { serve } from '@hono/node-server';
import { Hono } from 'hono';

/** The speed of the framework alone: parses the JSON of a POST, stores nothing, answers as much as the real server. */
const app = new Hono();

app.post('/api/v1/reports', async (c) => {
  const { repo, server, last_check } = await c.req.json();
  const answer = { repo, server, last_check, recorded: 'new', change: 'unchanged' };
  return c.json({ ...answer, since: last_check, stale_at: last_check, incident: null }, 201);
});

serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) => console.log(port));

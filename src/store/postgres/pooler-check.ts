import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { Unusable } from './failure.ts';

const NAME = 'gitops_status.connection';

/**
 * Throws if two connections are one: then a pooler lends it for a transaction at a time, and settings, locks and prepared
 * statements of one client are met by another. What was used last is lent first. To be called before any statement that
 * has a name: another client may have prepared it on the same connection. `connect` opens another one.
 */
export async function refuseSharedConnections(
  one: pg.Client,
  connect: () => Promise<pg.Client>,
): Promise<void> {
  const mark = randomUUID();
  await one.query('SELECT set_config($1, $2, false)', [NAME, mark]);
  if ((await markOf(await connect())) !== mark) return;
  throw new Unusable(
    'a pooler lends the same connection to several clients. It must pool sessions, not transactions (pgbouncer: ' +
      'pool_mode = session), or be left out',
  );
}

async function markOf(client: pg.Client): Promise<string | null | undefined> {
  try {
    const asked = await client.query<{ mark: string | null }>('SELECT current_setting($1, true) AS mark', [
      NAME,
    ]);
    return asked.rows[0]?.mark;
  } finally {
    await client.end();
  }
}

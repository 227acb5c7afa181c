import { rmSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import pg from 'pg';
import { migrateTo, openStore } from '../../src/database.ts';
import type { PostedReport } from '../../src/domain/report.ts';
import type { OnStep } from '../../src/store/moving.ts';
import { SCHEMA } from '../../src/store/postgres/connection.ts';
import { openPostgresStore } from '../../src/store/postgres/postgres-store.ts';
import type { Store } from '../../src/store/store.ts';
import { aReport, NOON, recordAll } from '../fixtures.ts';
import { folderInMemory } from '../folder-in-memory.ts';
import { aDatabase, MACHINE_IS_BUSY_MS } from './postgres-database.ts';

const VERSION = '1.2.3';

/** A file and an empty PostgreSQL, with one clock. */
async function bothSides() {
  const folder = folderInMemory();
  const database = await aDatabase();
  const path = join(folder, 'status.db');
  let now = NOON;
  const opened: Store[] = [];
  const kept = (store: Store) => {
    opened.push(store);
    return store;
  };
  return {
    path,
    url: database.url,
    setNow(next: number) {
      now = next;
    },
    openFile: () => kept(openStore({ databasePath: path }, VERSION, () => now)),
    openPostgres: async () =>
      kept(await openPostgresStore({ url: database.url, clock: () => now, tryMs: MACHINE_IS_BUSY_MS })),
    move: (onStep: OnStep = () => undefined) =>
      migrateTo({ databasePath: path }, { url: database.url, version: VERSION, onStep }),
    async inPostgres(text: string): Promise<unknown[]> {
      const client = new pg.Client(`${database.url}&options=-c%20search_path%3D${SCHEMA}`);
      await client.connect();
      try {
        return (await client.query(text)).rows;
      } finally {
        await client.end();
      }
    },
    inFile(text: string): void {
      const client = new Sqlite(path);
      client.exec(text);
      client.close();
    },
    async dispose() {
      for (const store of opened) await store.close();
      await database.release();
      rmSync(folder, { recursive: true });
    },
  };
}

type Sides = Awaited<ReturnType<typeof bothSides>>;

export async function withSides(work: (sides: Sides) => Promise<void>): Promise<void> {
  const sides = await bothSides();
  try {
    await work(sides);
  } finally {
    await sides.dispose();
  }
}

export const drift = { syncStatus: 'OUT_OF_SYNC' as const, files: ['a'] };

/** Two targets with an incident, recorded in the file. */
export async function recordSome(sides: Sides, ...reports: PostedReport[]): Promise<void> {
  const store = sides.openFile();
  await recordAll(store, [aReport(drift), aReport({ server: 'b', ...drift }), ...reports]);
  await store.close();
}

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openStore } from '../../src/compose.ts';
import { toIncidentRow, toTimelineRow } from '../../src/http/schemas/history.ts';
import { toStatusRow } from '../../src/http/schemas/status.ts';
import { aSubmission, MINUTE, NOON } from '../fixtures.ts';
import { folderInMemory } from '../folder-in-memory.ts';
import { propertyRuns } from '../full-length.ts';
import { arrivals, arrivedAt } from './arrivals.ts';

type Row = Readonly<Record<string, unknown>>;

const NAMES = ['lab', 'prod', 'expected'];
const steps = fc.array(
  fc.record({
    minute: fc.integer({ min: 0, max: 60 }),
    kind: fc.constantFrom('declare', 'delete', 'purge'),
    server: fc.constantFrom(...NAMES),
  }),
  { maxLength: 4 },
);

/** A client of somebody else, whose clock a test sets. */
function clientAt(path: string, now: number): Sqlite.Database {
  const client = new Sqlite(path, { readonly: true });
  client.pragma('trusted_schema = 1');
  client.function('julianday', { varargs: true }, () => now / 86_400_000 + 2_440_587.5);
  return client;
}

const byKeys =
  (...keys: string[]) =>
  (a: Row, b: Row) => {
    const key = (row: Row) => JSON.stringify(keys.map((name) => row[name]));
    return key(a) < key(b) ? -1 : 1;
  };

describe('the views for clients of SQLite', () => {
  test('say what the API says, whatever was reported, declared and deleted, at any time', async () => {
    await fc.assert(
      fc.asyncProperty(arrivals, steps, fc.integer({ min: -10, max: 90 }), async (all, others, minute) => {
        const folder = folderInMemory();
        const path = join(folder, 'status.db');
        let now = NOON;
        const store = openStore({ databasePath: path }, '0.0.0-test', () => now);
        try {
          const inTime = [
            ...all.map((arrival) => ({ at: arrivedAt([arrival]), arrival, other: undefined })),
            ...others.map((other) => ({ at: NOON + other.minute * MINUTE, arrival: undefined, other })),
          ].sort((a, b) => a.at - b.at);
          for (const { at, arrival, other } of inTime) {
            now = at;
            if (arrival !== undefined) await store.record([aSubmission(arrival.reports)]);
            else if (other.kind === 'declare')
              await store.declareTargets([{ repo: 'rsyslog', ...other }], {});
            else
              await store.deleteTarget(
                { repo: 'rsyslog', server: other.server },
                { purge: other.kind === 'purge' },
              );
          }
          now = NOON + minute * MINUTE;
          const client = clientAt(path, now);
          const rows = (view: string) => client.prepare<[], Row>(`SELECT * FROM ${view}`).all();
          expect(rows('status').map(parsed).sort(byKeys('server'))).toEqual(await statusRows());
          expect(rows('timeline').map(parsed).sort(byKeys('server', 'started_at'))).toEqual(
            await timelineRows(),
          );
          expect(rows('incidents').map(parsed).sort(byKeys('id'))).toEqual(await incidentRows());
          client.close();
        } finally {
          await store.close();
          rmSync(folder, { recursive: true });
        }

        async function statusRows(): Promise<Row[]> {
          const found = (await store.statuses({})).map((one) =>
            toStatusRow(one, { at: now, mute: undefined }),
          );
          return found
            .map(({ incident, next: _, muted: __, ...row }) => ({
              ...row,
              incident_id: incident?.id ?? null,
              incident_opened_at: incident?.opened_at ?? null,
              incident_cause: incident?.cause ?? null,
            }))
            .sort(byKeys('server'));
        }

        async function timelineRows(): Promise<Row[]> {
          const found = await store.segments({}, { from: 0, to: now });
          return found
            .map(({ target, segment }) => toTimelineRow(target, segment))
            .map(({ from, to, ...row }) => ({ ...row, started_at: from, ended_at: to }))
            .sort(byKeys('server', 'started_at'));
        }

        async function incidentRows(): Promise<Row[]> {
          const found = await store.incidents({}, { from: 0, to: Number.MAX_SAFE_INTEGER });
          return found
            .map((one) => toIncidentRow(one, { now, mute: undefined }))
            .map(({ muted: _, acknowledgement: __, ...row }) => row)
            .sort(byKeys('id'));
        }
      }),
      propertyRuns(100),
    );
  });
});

/** Lists and objects are JSON in a view. */
function parsed(row: Row): Row {
  const { files, labels, files_cut: cut } = row;
  return {
    ...row,
    files: JSON.parse(String(files)),
    ...(labels !== undefined && { labels: JSON.parse(String(labels)) }),
    ...(cut !== undefined && { files_cut: cut === 1 }),
  };
}

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toIncidentRow, toTimelineRow } from '../../src/http/schemas/history.ts';
import { toStatusRow } from '../../src/http/schemas/status.ts';
import { SCHEMA } from '../../src/store/postgres/connection.ts';
import { aSubmission, MINUTE, NOON } from '../fixtures.ts';
import { propertyRuns } from '../full-length.ts';
import { arrivals, arrivedAt } from './arrivals.ts';
import { aCluster, missing } from './postgres-database.ts';

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

/** The clock of the views, which a test sets. */
const SET_CLOCK = (now: number) =>
  `CREATE OR REPLACE FUNCTION ${SCHEMA}.now_ms() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT ${now}::bigint'`;
const RIGHT_CLOCK = `CREATE OR REPLACE FUNCTION ${SCHEMA}.now_ms() RETURNS bigint LANGUAGE sql STABLE
  AS 'SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint'`;

const byKeys =
  (...keys: string[]) =>
  (a: Row, b: Row) => {
    const key = (row: Row) => JSON.stringify(keys.map((name) => row[name]));
    return key(a) < key(b) ? -1 : 1;
  };

describe.skipIf(missing !== undefined)('the views for clients of PostgreSQL', () => {
  test('say what the API says, whatever was reported, declared and deleted, at any time', async () => {
    await fc.assert(
      fc.asyncProperty(arrivals, steps, fc.integer({ min: -10, max: 90 }), async (all, others, minute) => {
        const cluster = await aCluster();
        let now = NOON;
        const store = await cluster.open({ now: () => now });
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
          const client = await cluster.connect();
          await client.query(SET_CLOCK(now));
          const rows = async (view: string) =>
            (await client.query<Row>(`SELECT * FROM ${SCHEMA}.${view}`)).rows.map(shown);
          expect((await rows('status')).sort(byKeys('server'))).toEqual(await statusRows());
          expect((await rows('timeline')).sort(byKeys('server', 'started_at'))).toEqual(await timelineRows());
          expect((await rows('incidents')).sort(byKeys('id'))).toEqual(await incidentRows());
          await client.query(RIGHT_CLOCK);
        } finally {
          await cluster.close();
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
      propertyRuns(60),
    );
  });
});

/** As the API gives it: instants as texts, and numbers that `pg` reads as texts. */
function shown(row: Row): Row {
  const value = (one: unknown) => (one instanceof Date ? one.toISOString() : one);
  const named = Object.entries(row).map(([name, one]) => [
    name,
    NUMBERS.has(name) && one !== null ? Number(one) : value(one),
  ]);
  return Object.fromEntries(named);
}

const NUMBERS = new Set(['id', 'incident_id', 'drift_count', 'max_drift_count']);

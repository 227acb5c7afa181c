import type pg from 'pg';
import { describe, expect, test } from 'vitest';
import { SCHEMA } from '../../src/store/postgres/connection.ts';
import type { Store } from '../../src/store/store.ts';
import { aReport, HOUR, MINUTE, NOON, recordAll } from '../fixtures.ts';
import { exported } from './harness.ts';
import { missing, theCluster } from './postgres-database.ts';
import { planOf, type Step, statementsOf } from './postgres-plans.ts';

const RANGE = { from: NOON - HOUR, to: NOON + HOUR };
const ONE = { repos: ['rsyslog'], servers: ['s1'] };
const drift = { syncStatus: 'OUT_OF_SYNC' as const, files: ['a'] };

/** What grows with time; of the partitions the one that is filled here: to read an empty one costs nothing. */
const HISTORY = /^(?:chunk_2026_04_16_to_2026_04_23|period|incident|event)$/;
/** What grows with what is found. Of these a merge of all keys up to the last one that is wanted may be a good plan. */
const CONTENT = /^(?:finding|source)$/;

/** Enough of everything that a plan for few rows would be a bad one: 300 targets with a long history each. */
async function fill(client: pg.Client, node: Store): Promise<void> {
  const servers = Array.from({ length: 300 }, (_, i) => `s${i}`);
  for (const [minute, traits] of [
    [0, {}],
    [1, drift],
    [2, {}],
    [3, drift],
  ] as const) {
    const checkedAt = NOON + minute * MINUTE;
    await recordAll(
      node,
      servers.map((server) => aReport({ server, lastCheckAt: checkedAt, ...traits })),
    );
  }
  await node.eventsAfter(0, { limit: 1 });
  // The same again and again, ever longer ago.
  const copies = (table: string, columns: readonly string[], times: number, more: readonly string[] = []) =>
    client.query(`
      DO $$ DECLARE list text; BEGIN
        SELECT string_agg(CASE WHEN column_name = ANY ('{${columns.join()}}') THEN format('%I - n * 1000000', column_name)
          ${more.map((one) => `WHEN ${one}`).join(' ')} ELSE quote_ident(column_name) END, ', ' ORDER BY ordinal_position)
        INTO list FROM information_schema.columns WHERE table_schema = '${SCHEMA}' AND table_name = '${table}';
        EXECUTE 'INSERT INTO ${SCHEMA}.${table} OVERRIDING SYSTEM VALUE SELECT ' || list || ' FROM ${SCHEMA}.${table}, generate_series(1, ${times}) n';
      END $$`);
  await copies('chunk', ['first_at', 'last_at', 'first_received_at', 'first_last_check'], 100);
  await copies(
    'period',
    ['started_at', 'received_at', 'last_checked_at', 'last_received_at', 'stale_at'],
    60,
  );
  await copies('incident', ['id', 'opened_at', 'received_at'], 60, [
    `column_name = 'resolved_at' THEN 'opened_at - n * 1000000 + 1'`,
  ]);
  await copies('event', ['seq', 'recorded_at', 'effective_at'], 30);
  await client.query(`UPDATE ${SCHEMA}.event SET seq = seq + 100000000`);
  for (const table of ['finding', 'source']) {
    await copies(table, [], 5000, [
      `column_name = 'id' THEN '1000 * n + id'`,
      `column_name = 'digest' THEN $q$digest || n::text::bytea$q$`,
    ]);
  }
  await client.query('ANALYZE');
}

/** Everything that is asked about a few targets or of a range of time, and what is recorded. */
function asked(node: Store): readonly (readonly [string, () => Promise<unknown>])[] {
  const at = (minute: number, traits = {}) =>
    aReport({ server: 's1', lastCheckAt: NOON + minute * MINUTE, ...traits });
  return [
    ['the status of one', () => node.statuses(ONE)],
    ['all statuses', () => node.statuses({})],
    ['the summaries', () => node.summaries({})],
    ['the status of one as of an instant', () => node.statuses(ONE, NOON + MINUTE)],
    ['all statuses as of an instant', () => node.statuses({}, NOON + MINUTE)],
    ['the periods of one', () => node.periods(ONE, RANGE)],
    ['all periods', () => node.periods({}, RANGE)],
    ['the segments', () => node.segments({}, RANGE)],
    ['the incidents of one', () => node.incidents(ONE, RANGE)],
    ['all incidents', () => node.incidents({}, RANGE)],
    ['a page of the reports of one', () => node.reports(ONE, { range: RANGE, limit: 10 })],
    ['a page of all reports', () => node.reports({}, { range: RANGE, limit: 10 })],
    ['the pushes', () => node.pushes({})],
    ['the reports of one, all of them', () => exported(node, ONE)],
    ['known commits', () => node.knownCommits({}, ['a'])],
    ['where a commit was seen', () => node.commitSightings({}, { texts: ['a'] })],
    ['the events', () => node.eventsAfter(100_000_100, { limit: 10 })],
    ['the bounds of the events', () => node.eventBounds()],
    ['the actions', () => node.actions({}, RANGE, { limit: 10 })],
    ['the mutes', () => node.mutesAt(NOON)],
    ['what time brings', () => node.recordTimeChanges(10)],
    [
      'recording, in order, late, tied and again',
      async () => {
        for (const minute of [9, 1.5, 3, 9]) await recordAll(node, [at(minute, { commit: 'c' })]);
        for (const minute of [10, 11, 3, 0.5])
          await recordAll(node, [at(minute, { ...drift, files: [`${minute}`] })]);
        await recordAll(node, [at(12), at(2.5)]);
      },
    ],
  ];
}

/** Whether it reads all of a table that grows. */
function isWhole({ kind, table, condition, isShort }: Step): boolean {
  if (table === undefined) return false;
  if (kind === 'Seq Scan') return HISTORY.test(table) || CONTENT.test(table);
  return /^Index/.test(kind) && condition === undefined && !isShort && HISTORY.test(table);
}

/** Statistics are samples. With these there are many times as many packs as there really are. */
const overestimate = (client: pg.Client) =>
  client.query("UPDATE pg_class SET reltuples = reltuples * 30 WHERE relname LIKE 'chunk%'");

describe.skipIf(missing !== undefined)(`access paths in PostgreSQL (${missing ?? ''})`, () => {
  test('no question and no recording reads the whole of a table that grows with time, whatever its parameters and the statistics', async () => {
    const cluster = await theCluster();
    const client = await cluster.connect();
    await client.query(`SET search_path = ${SCHEMA}`);
    const node = await cluster.open();
    await fill(client, node);
    const texts = new Map<string, string>();
    for (const [name, ask] of asked(node)) {
      const sent = await statementsOf(ask);
      expect(sent, name).not.toEqual([]);
      for (const text of sent) texts.set(text, name);
    }
    const bad: unknown[] = [];
    const look = async (statistics: string) => {
      for (const [text, name] of texts) {
        for (const step of await planOf(client, text)) {
          if (isWhole(step)) bad.push({ statistics, name, ...step, text });
        }
      }
    };
    await look('good');
    await overestimate(client);
    await look('bad');
    expect(bad).toEqual([]);
  });
});

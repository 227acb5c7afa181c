import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LoggedEvent } from '../../src/domain/event.ts';
import type { TargetFacts } from '../../src/domain/notify/problems.ts';
import { STATES } from '../../src/domain/state.ts';
import type { Store } from '../../src/store/store.ts';
import { aReport, DAY, HOUR, MINUTE, NOON, recordAll } from '../fixtures.ts';
import { propertyRuns } from '../full-length.ts';
import { iso, startService } from '../http/service.ts';
import { aNotification } from '../notification.ts';
import { ALL_TIME, exported } from './harness.ts';
import { drift, recordSome, withSides } from './moving-sides.ts';
import { aStory, aStoryOnBoth, by, CHANNELS, tell } from './moving-story.ts';
import { missing } from './postgres-database.ts';

const OVER_ALL = `from=${iso(NOON - DAY)}&to=${iso(NOON + 4 * DAY)}`;
const PATHS = [
  '/api/v1/status',
  ...[5, 25, 45, 24 * 60].map((minute) => `/api/v1/status?at=${iso(NOON + minute * MINUTE)}`),
  ...['reports', 'timeline', 'incidents', 'files', 'commits', 'actions'].map(
    (what) => `/api/v1/${what}?${OVER_ALL}&limit=1000`,
  ),
  `/api/v1/compliance?${OVER_ALL}`,
  '/api/v1/compliance?period=month&month=2026-04',
  '/api/v1/mutes',
  '/grafana/status',
  '/',
  '/api/v1/gate?repo=rsyslog',
];

/** Everything that can be asked, over HTTP and by the parts of the server. */
async function answersOf(store: Store, now: number) {
  const service = startService();
  service.now = now;
  const app = service.appWith({ store });
  const answers: [path: string, answer: string][] = [];
  for (const path of PATHS) answers.push([path, await (await app.request(path)).text()]);
  const names = CHANNELS.map((server) => ({ repo: 'rsyslog', server }));
  const notifications = CHANNELS.map(async (channel) => [
    await store.cursor(channel),
    await store.openOf(channel, [1]),
    await store.waiting(channel, now, 100),
    await store.actingThreads(channel, now, 100),
    await store.nextMessage(channel, now),
    await store.backlog(channel),
    await store.deletedTargets(channel),
  ]);
  const { events } = await store.eventsAfter(0, { limit: 10_000 });
  return {
    answers,
    events,
    exported: await exported(store),
    pushes: await store.pushes({}),
    tokens: await store.tokens.list(),
    hadTokens: await store.tokens.everHadAny(),
    mutes: await store.everyMute(),
    former: await store.formerNames({}),
    bounds: await store.eventBounds(),
    facts: (await store.targetFacts({ names, now })).map(withoutIds),
    notifications: await Promise.all(notifications),
  };
}

/** Each database gives its own ids to targets and findings that are new. */
function withoutIds({ id: _, reported, ...facts }: TargetFacts) {
  return { ...facts, reported: reported && { ...reported, finding: reported.finding.syncStatus } };
}

async function expectSameAnswers([file, there]: readonly [Store, Store], now: number): Promise<void> {
  expect(await answersOf(there, now)).toEqual(await answersOf(file, now));
}

/** What time changed at the same moment is told in the order of each database, but of each target in the same. */
async function expectSameTold([file, there]: readonly [Store, Store], now: number): Promise<void> {
  const [expected, found] = [await answersOf(file, now), await answersOf(there, now)];
  const ofTargets = (events: readonly LoggedEvent[]) =>
    events
      .map(({ seq: _, ...event }) => event)
      .sort((a, b) => (`${a.repo} ${a.server}` < `${b.repo} ${b.server}` ? -1 : 1));
  expect(found.events.map(({ seq }) => seq)).toEqual(expected.events.map(({ seq }) => seq));
  expect({ ...found, events: ofTargets(found.events) }).toEqual({
    ...expected,
    events: ofTargets(expected.events),
  });
}

/** What would become STALE without anybody looking, and what would be removed as if it were not used any more. */
const FORGOTTEN = `
  SELECT target_id FROM target_status s WHERE announced_state <> ${STATES.indexOf('STALE')}
    AND NOT EXISTS (SELECT 1 FROM stale_watch w WHERE w.target_id = s.target_id AND w.due_at <= s.stale_at)
  UNION ALL
  SELECT id FROM finding WHERE last_used_at < (SELECT max(newest_received_at) FROM target_status)`;

describe.skipIf(missing !== undefined)(`moving to PostgreSQL (${missing ?? 'a cluster of its own'})`, () => {
  test('changes no answer, whatever happened before, and none to what happens after', async () => {
    await fc.assert(
      fc.asyncProperty(aStory, aStoryOnBoth, async (before, after) => {
        await withSides(async (sides) => {
          const { setNow } = sides;
          const first = sides.openFile();
          await tell({ store: first, setNow }, before);
          await first.close();
          await sides.move();
          expect(await sides.inPostgres(FORGOTTEN)).toEqual([]);
          const both = [sides.openFile(), await sides.openPostgres()] as const;
          setNow(NOON + HOUR);
          await expectSameAnswers(both, NOON + HOUR);
          for (const store of both) await tell({ store, setNow }, after, 1);
          setNow(NOON + 2 * DAY);
          for (const store of both) await store.recordTimeChanges(100);
          await expectSameTold(both, NOON + 2 * DAY);
        });
      }),
      propertyRuns(36, { isSlow: true }),
    );
  });

  test('reads the file and does not change it', () =>
    withSides(async (sides) => {
      await recordSome(sides);
      const before = readFileSync(sides.path);
      const { rows } = await sides.move();
      expect(readFileSync(sides.path).equals(before)).toBe(true);
      expect(rows.get('report')).toBe(2);
    }));

  test('goes on after the last numbers that were given, also of what is gone', () =>
    withSides(async (sides) => {
      await recordSome(sides);
      sides.inFile(`
        UPDATE sqlite_sequence SET seq = 7000;
        INSERT INTO sqlite_sequence (name, seq) VALUES ('mute', 7000), ('action', 7000), ('notification', 7000)`);
      await sides.move();
      const store = await sides.openPostgres();
      await recordAll(store, [aReport({ server: 'c', ...drift })]);
      await store.addMute(
        { matchers: {}, reason: '', startsAt: NOON, endsAt: NOON + HOUR, untilInSync: false },
        by,
      );
      await store.writeNotifications('ops', { write: [aNotification({ incidentId: 1 })] });
      const incidents = await store.incidents({}, ALL_TIME);
      expect(incidents.map(({ id }) => id).sort()).toEqual([1, 2, 7001]);
      const { events } = await store.eventsAfter(4, { limit: 1 });
      expect(events).toMatchObject([{ seq: 7001, kind: 'target_added' }]);
      const ids = await sides.inPostgres(`
        SELECT (SELECT max(id) FROM target) AS target, (SELECT max(id) FROM mute) AS mute,
          (SELECT max(id) FROM action) AS action, (SELECT max(id) FROM notification) AS notification`);
      expect(ids).toEqual([{ target: '7001', mute: '7001', action: '7001', notification: '7001' }]);
    }));

  test('packs a history that is longer than what is read at a time as if it had been read at once', () =>
    withSides(async (sides) => {
      const store = sides.openFile();
      const minutes = Array.from({ length: 4300 }, (_, minute) => minute);
      sides.setNow(NOON + minutes.length * MINUTE);
      const reports = minutes.map((minute) => aReport({ lastCheckAt: NOON + minute * MINUTE }));
      await recordAll(store, reports);
      await store.close();
      const { rows } = await sides.move();
      expect(rows.get('report')).toBe(4300);
      const packs = await sides.inPostgres(
        'SELECT count(*)::int AS full, min(cardinality(checked)) AS least FROM chunk',
      );
      expect(packs).toEqual([{ full: Math.floor(4300 / 64), least: 64 }]);
    }));

  test('knows what is found again, and from which source', () =>
    withSides(async (sides) => {
      await recordSome(
        sides,
        aReport({ server: 'c', commit: 'abc', labels: { env: 'lab' }, extra: { a: [1] } }),
      );
      await sides.move();
      const count = () =>
        sides.inPostgres('SELECT (SELECT count(*) FROM finding), (SELECT count(*) FROM source)');
      const before = await count();
      const store = await sides.openPostgres();
      const lastCheckAt = NOON + MINUTE;
      await recordAll(store, [
        aReport({ ...drift, lastCheckAt }),
        aReport({ server: 'c', commit: 'abc', labels: { env: 'lab' }, extra: { a: [1] }, lastCheckAt }),
      ]);
      expect(await count()).toEqual(before);
    }));

  test('makes U+FFFD of U+0000, which PostgreSQL does not have, and counts it', () =>
    withSides(async (sides) => {
      await recordSome(
        sides,
        aReport({
          server: 'c',
          syncStatus: 'UNKNOWN',
          error: 'no\0thing',
          extra: { ok: '\\u0000', not: '\0' },
        }),
        aReport({ server: 'd', syncStatus: 'OUT_OF_SYNC', files: ['a\0b'] }),
      );
      const { replaced } = await sides.move();
      expect(Object.fromEntries(replaced)).toEqual({
        'source.error': 1,
        'source.extra': 1,
        'finding.files': 1,
        'incident.files': 1,
      });
      const store = await sides.openPostgres();
      const [, c, d] = await store.statuses({});
      expect(c?.error).toBe('no\ufffdthing');
      expect(d?.finding?.files).toEqual([{ name: 'a\ufffdb' }]);
      const [unknown] = (await exported(store)).filter(({ error }) => error !== undefined);
      expect(unknown?.extra).toEqual({ ok: '\\u0000', not: '\ufffd' });
      expect(await sides.inPostgres(`SELECT * FROM timeline WHERE state <> 'STALE'`)).toHaveLength(4);
    }));

  test('leaves passwords of old names and addresses behind, as they are shown', () =>
    withSides(async (sides) => {
      const runUrl = 'https://user:secret@ci.example/1';
      const traits = { runUrl, ...drift };
      await recordSome(sides, aReport({ repo: 'web/user:secret@host', ...traits }));
      await sides.move();
      sides.setNow(NOON + MINUTE);
      await expectSameAnswers([sides.openFile(), await sides.openPostgres()], NOON + MINUTE);
      const all = await sides.inPostgres(
        `SELECT (SELECT string_agg(t::text, ' ') FROM target t) AS a, (SELECT string_agg(e::text, ' ') FROM event e) AS b`,
      );
      expect(JSON.stringify(all)).toContain('~3/web/host');
      expect(JSON.stringify(all)).not.toContain('secret');
    }));
});

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { acknowledging } from '../../src/store/sqlite/acknowledging.ts';
import { actionsInRange } from '../../src/store/sqlite/action-table.ts';
import { commitSightings, knownCommits } from '../../src/store/sqlite/commit-query.ts';
import { deletions } from '../../src/store/sqlite/deleting.ts';
import { eventLog } from '../../src/store/sqlite/event-log.ts';
import { periodsInRange } from '../../src/store/sqlite/history-queries.ts';
import { incidentById, incidentsInRange } from '../../src/store/sqlite/incident-query.ts';
import { muteById, mutesAt } from '../../src/store/sqlite/mute-table.ts';
import { notificationTable } from '../../src/store/sqlite/notification-table.ts';
import { type Database, openDatabase } from '../../src/store/sqlite/open.ts';
import { problemReader } from '../../src/store/sqlite/problem-reader.ts';
import { actionPruning } from '../../src/store/sqlite/pruning-actions.ts';
import { mutePruning } from '../../src/store/sqlite/pruning-mutes.ts';
import { notificationPruning } from '../../src/store/sqlite/pruning-notifications.ts';
import { newestPushes, pushDeletion } from '../../src/store/sqlite/push-table.ts';
import { Recording } from '../../src/store/sqlite/recording.ts';
import { reportPage } from '../../src/store/sqlite/report-query.ts';
import { visitStateHistories } from '../../src/store/sqlite/state-history-query.ts';
import { statusesAt } from '../../src/store/sqlite/status-query.ts';
import { toldAbout } from '../../src/store/sqlite/told-query.ts';
import { aReport, aSubmission, HOUR, MINUTE, NOON } from '../fixtures.ts';
import { plansOf } from './query-plans.ts';

const SOMEBODY = { name: undefined, verified: false };
const RANGE = { from: NOON - HOUR, to: NOON + HOUR };

const betweenSlices = () => undefined;

describe('no question reads the whole of a table that grows with time', () => {
  let db: Database;
  beforeEach(() => {
    db = openDatabase({ path: ':memory:', version: '0.0.0-test' });
    const reports = [0, 2, 4].map((minute) => aReport({ lastCheckAt: NOON + minute * MINUTE }));
    new Recording(db.$client).record([aSubmission(reports)], NOON + HOUR);
  });
  afterEach(() => {
    db.$client.close();
  });

  test.each([
    ['a page of all reports', () => reportPage(db, {}, { range: RANGE, limit: 10, betweenSlices })],
    [
      'a page of some reports',
      () => reportPage(db, { repos: ['a', 'b'] }, { range: RANGE, limit: 10, betweenSlices }),
    ],
    ['the newest pushes', () => newestPushes(db.$client, {}, betweenSlices)],
    ['deleting a group', () => pushDeletion(db.$client)({ job: 'drift' }, () => undefined)],
    ['the status', () => statusesAt(db, {}, { at: undefined, betweenSlices })],
    [
      'the status of one',
      () => statusesAt(db, { repos: ['a'], servers: ['b'] }, { at: undefined, betweenSlices }),
    ],
    [
      'the status of a label',
      () => statusesAt(db, { labels: ['env:prod'] }, { at: undefined, betweenSlices }),
    ],
    [
      'a page of the reports of a label',
      () => reportPage(db, { labels: ['env:prod'] }, { range: RANGE, limit: 10, betweenSlices }),
    ],
    [
      'the periods of a label',
      () => periodsInRange(db, { labels: ['env:prod'] }, { range: RANGE, betweenSlices }),
    ],
    [
      'the incidents of a label',
      () => incidentsInRange(db, { labels: ['env:prod'] }, { range: RANGE, betweenSlices }),
    ],
    ['the status as of an instant', () => statusesAt(db, {}, { at: NOON + MINUTE, betweenSlices })],
    ['the periods', () => periodsInRange(db, {}, { range: RANGE, betweenSlices })],
    [
      'the states over a long time',
      () => visitStateHistories(db, {}, { range: RANGE, visit: () => undefined, betweenSlices }),
    ],
    ['the incidents', () => incidentsInRange(db, {}, { range: RANGE, betweenSlices })],
    [
      'the incidents of one',
      () => incidentsInRange(db, { repos: ['a'], servers: ['b'] }, { range: RANGE, betweenSlices }),
    ],
    [
      'some incidents',
      () => incidentsInRange(db, {}, { range: RANGE, part: { commits: ['a'] }, betweenSlices }),
    ],
    ['one incident', () => incidentById(db.$client, 1)],
    ['some reports', () => reportPage(db, {}, { range: RANGE, commits: ['a'], limit: 10, betweenSlices })],
    ['known commits', () => knownCommits(db, {}, { texts: ['a'], betweenSlices })],
    ['where a commit was seen', () => commitSightings(db, {}, { asked: { texts: ['a'] }, betweenSlices })],
    ['the events', () => eventLog(db.$client)],
    ['deleting', () => deletions(db)],
    ['the actions', () => actionsInRange(db.$client, {}, { range: RANGE, betweenSlices })],
    ['removing old actions', () => [...actionPruning(db.$client)(NOON)]],
    ['the mutes that are not over', () => mutesAt(db.$client, NOON)],
    ['one mute', () => muteById(db.$client, 1)],
    ['removing old mutes', () => [...mutePruning(db.$client)(NOON)]],
    ['acknowledging', () => acknowledging(db.$client).end(1, { actor: SOMEBODY, now: NOON })],
    ['what channels are told', () => notificationTable(db.$client, async (work) => work())],
    [
      'what channels were told about a target',
      () => toldAbout(db.$client, { repo: 'rsyslog', server: 'rsyslog-lab' }),
    ],
    ['what is wrong with a target', () => problemReader(db.$client)],
    ['removing what was told to be over', () => notificationPruning(db.$client)],
  ])('%s', (_, ask) => {
    const plans = plansOf(db.$client, ask);
    expect(plans.size).toBeGreaterThan(0);
    const scans = [...plans.values()].flat().filter((step) => /SCAN/.test(step));
    expect(
      scans.filter(
        (step) =>
          !/SCAN (t|c USING COVERING INDEX sqlite_autoindex_notification_cursor_1|sqlite_sequence|json_each|CONSTANT ROW)\b/.test(
            step,
          ),
      ),
    ).toEqual([]);
  });

  test('the status now: only by keys', () => {
    const plans = [
      ...plansOf(db.$client, () => statusesAt(db, {}, { at: undefined, betweenSlices })).values(),
    ];
    expect(plans).toContainEqual([
      'SEARCH t USING INDEX target_name ((repo,server)>(?,?))',
      'SEARCH s USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN',
      'SEARCH c USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN',
      expect.stringMatching(
        /^SEARCH r USING PRIMARY KEY .*target_id=\? AND checked_at=\? AND received_lag_ms=\?/,
      ),
      // Not from the row, where the files come before the commit.
      'SEARCH d USING COVERING INDEX incident_deployed (target_id=? AND resolved_at=?) LEFT-JOIN',
      'SEARCH a USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN',
    ]);
  });

  test('the status at an instant: nothing since the last SYNCED, and no incident before the last', () => {
    const steps = [
      ...plansOf(db.$client, () => statusesAt(db, {}, { at: NOON + MINUTE, betweenSlices })).values(),
    ].flat();
    expect(steps).toContainEqual(expect.stringContaining('SEARCH period USING INDEX period_synced'));
    expect(steps).toContainEqual(
      expect.stringContaining('SEARCH period USING COVERING INDEX period_starts_state'),
    );
    expect(steps).toContainEqual(
      expect.stringContaining('SEARCH incident USING INDEX incident_opened (target_id=? AND opened_at<?)'),
    );
  });

  test('the periods of a target come in the order of their key', () => {
    const plans = plansOf(db.$client, () => [
      periodsInRange(db, {}, { range: { from: 0, to: 1 }, betweenSlices }),
      visitStateHistories(db, {}, { range: { from: 0, to: 1 }, visit: () => undefined, betweenSlices }),
    ]);
    expect([...plans.values()].flat().filter((step) => /TEMP B-TREE/.test(step))).toEqual([]);
  });

  test('commits are looked up by name, and since an instant in the key of each target', () => {
    const plans = plansOf(db.$client, () => {
      commitSightings(db, {}, { asked: { from: NOON }, betweenSlices });
      commitSightings(db, {}, { asked: { texts: ['a'] }, betweenSlices });
    });
    const steps = [...plans.values()].flat().filter((step) => / (period|p) /.test(step));
    expect(steps).toContainEqual(
      expect.stringMatching(/^SEARCH period USING .*PRIMARY KEY \(target_id=\? AND started_at>\?/),
    );
    expect(steps).toContainEqual(expect.stringMatching(/period_commit \(commit=\? AND target_id>\?\)/));
    expect(steps).toContainEqual(expect.stringMatching(/period_commit \(commit=\? AND target_id=\?\)/));
    expect(steps).toContainEqual(expect.stringMatching(/period_commit \(commit>\? AND commit<\?\)/));
    expect(steps).toContainEqual(expect.stringMatching(/^SEARCH period USING PRIMARY KEY \(target_id=\?\)/));
  });

  test('one repo is looked up by its name', () => {
    const steps = [
      ...plansOf(db.$client, () =>
        statusesAt(db, { repos: ['a'] }, { at: undefined, betweenSlices }),
      ).values(),
    ].flat();
    expect(steps).toContainEqual(expect.stringContaining('SEARCH t USING INDEX target_name (repo=?)'));
  });

  test('recording, in order, late and tied', () => {
    const plans = plansOf(db.$client, () => {
      const recording = new Recording(db.$client);
      const record = (minute: number, traits = {}) =>
        recording.record(
          [aSubmission([aReport({ lastCheckAt: NOON + minute * MINUTE, ...traits })])],
          NOON + HOUR,
        );
      for (const minute of [6, 1, 3, 3]) record(minute);
      for (const minute of [7, 8, 3, 0]) record(minute, { syncStatus: 'OUT_OF_SYNC', files: ['a'] });
    });
    const scans = [...plans.values()].flat().filter((step) => /SCAN/.test(step));
    expect(
      scans.filter((step) => !/SCAN (sqlite_sequence|CONSTANT ROW|json_each|\(subquery-\d+\))/.test(step)),
    ).toEqual([]);
    // Not through every later period of a target that was never SYNCED.
    const late = [...plans].filter(([text]) => /FROM period INDEXED BY/.test(text)).map(([, steps]) => steps);
    expect(late).toHaveLength(3);
    expect(late.flat().every((step) => /INDEX period_(synced|starts_state)/.test(step))).toBe(true);
  });
});

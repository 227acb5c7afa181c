import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PostedReport } from '../../src/domain/report.ts';
import { aReport, MINUTE, NOON } from '../fixtures.ts';
import type { PluginAnswer } from './infinity/plugin.ts';
import type { Panel } from './infinity-model.ts';
import { problemsOf } from './panel-rules.ts';
import { RunningServer } from './running-server.ts';
import { shippedDashboard } from './shipped.ts';
import { ALL, Viewer } from './viewer.ts';

// Every frame includes the whole body, so the browser gets at least twice the body: the test checks bytes.

const DAY_MS = 24 * 60 * MINUTE;
const TARGETS = 1000;
const DAYS = 30;
const WIDEST_BODY = 300_000;
const ALL_BODIES = 1_000_000;

const FLEET = shippedDashboard('gitops-drift');

const repoOf = (target: number) => `team-${target % 10}/infrastructure`;
const serverOf = (target: number) => `server-${String(target).padStart(4, '0')}.example.org`;
/** Target 0 drifts for longest. A target that has drifted at the end has done so for a day and more. */
const driftMinutes = (target: number) => 30 + 2 * (TARGETS - target);

/** A month in which each target drifts every other day, gets a new commit every third, and a tenth is drifted now. */
function* aMonth(): Generator<PostedReport> {
  for (let day = 0; day < DAYS; day += 2) {
    for (let target = 0; target < TARGETS; target++) {
      const drift = {
        syncStatus: 'OUT_OF_SYNC',
        files: [`etc/app-${target % 7}.conf`, 'etc/other.conf'],
      } as const;
      const checkedAt = NOON - (DAYS - day) * DAY_MS + 60 * MINUTE;
      const about = {
        repo: repoOf(target),
        server: serverOf(target),
        commit: `c0ffee${String(Math.floor(day / 3)).padStart(34, '0')}`,
        runUrl: `https://ci.example.org/repos/infrastructure/pipelines/${day * TARGETS + target}`,
        staleAfterMs: 3 * DAY_MS,
      };
      yield aReport({ ...about, checkedAt, ...drift });
      const isLast = day + 2 >= DAYS;
      if (!isLast || target < TARGETS - 100)
        yield aReport({ ...about, checkedAt: checkedAt + driftMinutes(target) * MINUTE });
    }
  }
}

describe('a fleet of 1,000 targets over 30 days', () => {
  let server: RunningServer;
  const answers = new Map<Panel, PluginAnswer>();
  let viewer: Viewer;
  let marks: readonly PluginAnswer[] = [];

  beforeAll(async () => {
    server = await RunningServer.start(aMonth());
    viewer = new Viewer(server.url, { repo: ALL, server: ALL }, DAYS * DAY_MS);
    for (const panel of FLEET.panels) answers.set(panel, await viewer.panel(panel));
    marks = await viewer.annotations(FLEET);
  }, 300_000);
  afterAll(() => server.stop());

  const panelOf = (type: Panel['type']) => {
    const [panel, answer] = [...answers].find(([one]) => one.type === type) ?? [];
    if (panel === undefined || answer === undefined) throw new Error(`There is no ${type}.`);
    return { panel, answer };
  };

  test('every panel shows something', () => {
    for (const [panel, answer] of answers) expect(problemsOf(panel, answer), panel.title).toEqual([]);
  });

  test('no body is above 300 kB, and all of them together are less than 1 MB', async () => {
    const variables = await viewer.variableBytes(FLEET);
    const bytes = [
      ...[...answers].map(([{ title }, answer]) => [title, answer.bytes] as const),
      ...marks.map((answer, i) => [`annotation ${i}`, answer.bytes] as const),
      ...variables,
    ];
    for (const [title, size] of bytes) expect(size, title).toBeLessThanOrEqual(WIDEST_BODY);
    expect(bytes.reduce((sum, [, size]) => sum + size, 0)).toBeLessThanOrEqual(ALL_BODIES);
  });

  test('the timeline has the 50 worst of the range in at most 3,500 rows, and says of how many', async () => {
    const { answer } = panelOf('state-timeline');
    const rows = Array.isArray(answer.body) ? answer.body.length : 0;
    expect(rows).toBeGreaterThan(2500);
    expect(rows).toBeLessThanOrEqual(3500);
    const servers = new Set(answer.fields.flatMap(({ labels }) => labels?.server ?? []));
    expect(servers).toEqual(new Set(Array.from({ length: 50 }, (_, target) => serverOf(target))));
    expect(await viewer.options(FLEET, 'worst')).toEqual(['the 50 worst of 1000']);
  });

  test('the buckets of the drift follow the width of the panel', async () => {
    const { panel } = panelOf('timeseries');
    const [narrow, wide] = [await viewer.panel(panel, 200), await viewer.panel(panel, 1600)];
    const points = ({ fields: [first] }: PluginAnswer) => first?.values.length ?? 0;
    expect(points(narrow)).toBeGreaterThan(150);
    expect(points(narrow)).toBeLessThanOrEqual(201);
    expect(points(wide)).toBeGreaterThan(900);
  });

  test('tables begin with what is wrong', () => {
    const columnOf = (title: string, name: string) =>
      [...answers].find(([panel]) => panel.title === title)?.[1].fields.find((field) => field.name === name)
        ?.values;
    const states = columnOf('Targets, now', 'state_code') ?? [];
    expect(states).toHaveLength(200);
    expect(states.slice(0, 100)).toEqual(new Array(100).fill(1));
    expect(states.slice(100)).not.toContain(1);
    const open = columnOf('Incidents', 'open') ?? [];
    expect(open.slice(0, 100)).toEqual(new Array(100).fill(true));
    expect(open.slice(100)).not.toContain(true);
  });
});

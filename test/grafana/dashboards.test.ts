import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aReport, MINUTE, NOON } from '../fixtures.ts';
import type { Frame, Value } from './infinity/frame.ts';
import type { Dashboard, Panel } from './infinity-model.ts';
import { problemsOf } from './panel-rules.ts';
import { runQuery } from './plugin.ts';
import { demoFleet, RunningServer } from './running-server.ts';
import { queryVariables, shippedDashboard } from './shipped.ts';
import type { Picks } from './template.ts';
import { ALL, picked, single, Viewer } from './viewer.ts';

const FLEET = shippedDashboard('gitops-drift');
const TARGET = shippedDashboard('gitops-target');

const PANELS = [FLEET, TARGET].flatMap(({ title, panels }) =>
  panels.map((panel) => [`${title}: ${panel.title}`, panel] as const),
);

const WHOLE_FLEET: Picks = { repo: ALL, server: ALL };

/** One target that drifted an hour ago, was repaired, and drifted again. */
const ONE_TARGET = [-60, -55, -50, -45, -5].map((minute) =>
  aReport({
    checkedAt: NOON + minute * MINUTE,
    ...(minute === -55 || minute === -5 ? { syncStatus: 'OUT_OF_SYNC', files: ['a', 'b'] } : {}),
  }),
);

let server: RunningServer;
const viewer = (picks: Picks) => new Viewer(server.url, picks);

const fleetOf = (reports: () => Parameters<typeof RunningServer.start>[0]) => {
  beforeAll(async () => {
    server = await RunningServer.start(reports());
  });
  afterAll(() => server.stop());
};

/** Every panel that would show nothing or nonsense, with the reason: the list must be empty. */
async function problemsOn({ panels }: Dashboard, picks: Picks): Promise<string[]> {
  const found = await Promise.all(
    panels.map(async (panel) =>
      problemsOf(panel, await viewer(picks).panel(panel)).map((problem) => `${panel.title}: ${problem}`),
    ),
  );
  return found.flat();
}

const panelCalled = ({ panels }: Dashboard, title: string): Panel => {
  const panel = panels.find((one) => one.title === title);
  if (panel === undefined) throw new Error(`There is no panel ${title}.`);
  return panel;
};

const valuesIn = (frame: Frame, name: string): readonly Value[] =>
  frame.fields.find((field) => field.name === name)?.values ?? [];

/** Every name of a column or label in a frame. */
function namesIn({ fields }: Frame, name: string): Set<Value> {
  const columns = fields.filter((field) => field.name === name).flatMap(({ values }) => values);
  return new Set([...columns, ...fields.flatMap(({ labels = {} }) => labels[name] ?? [])]);
}

describe('a demo fleet', () => {
  fleetOf(() => demoFleet(20, 3));

  test.each<[string, Picks]>([
    ['all', WHOLE_FLEET],
    ['nothing picked, which is all', { repo: picked(), server: picked() }],
    ['one repo', { repo: picked('nginx'), server: ALL }],
    ['two repos', { repo: picked('nginx', 'rsyslog'), server: ALL }],
    ['one server that drifted', { repo: ALL, server: picked('nginx-lab') }],
    ['two servers', { repo: picked('nginx', 'postgres'), server: picked('nginx-lab', 'postgres-lab') }],
  ])('every panel of the fleet dashboard shows something: %s', async (_, picks) => {
    expect(await problemsOn(FLEET, picks)).toEqual([]);
  });

  test('every panel of the target dashboard shows something', async () => {
    const picks = { repo: single('nginx'), server: single('nginx-lab') };
    expect(await problemsOn(TARGET, picks)).toEqual([]);
  });

  test.each(PANELS)('%s shows only the picked targets', async (_, panel) => {
    const picks = { repo: picked('nginx', 'rsyslog'), server: picked('nginx-lab', 'rsyslog-lab') };
    const frame = await viewer(picks).panel(panel);
    const [repos, servers] = [namesIn(frame, 'repo'), namesIn(frame, 'server')];
    expect(['nginx', 'rsyslog']).toEqual(expect.arrayContaining([...repos]));
    expect(['nginx-lab', 'rsyslog-lab']).toEqual(expect.arrayContaining([...servers]));
  });

  test('the tiles count what the API says', async () => {
    const tiles = panelCalled(FLEET, 'Targets by state, now');
    const frame = await viewer(WHOLE_FLEET).panel(tiles);
    const states = (await server.json('/api/v1/status')) as { state: string }[];
    for (const { name, values } of frame.fields) {
      const counted = states.filter(({ state }) => state.toLowerCase() === name).length;
      expect([name, ...values]).toEqual([name, counted]);
      expect(counted).toBeGreaterThan(0);
    }
    const two = await viewer({ repo: ALL, server: picked('nginx-lab', 'rsyslog-lab') }).panel(tiles);
    expect(two.fields.reduce((sum, { values }) => sum + Number(values[0]), 0)).toBe(2);
  });

  test('the state timeline ends with the present state of each target', async () => {
    const frame = await viewer(WHOLE_FLEET).panel(panelCalled(FLEET, 'State of each target: ${worst}'));
    const now = await viewer(WHOLE_FLEET).panel(panelCalled(FLEET, 'Targets, now'));
    const last = new Map(frame.fields.map(({ labels, values }) => [labels?.server, values.at(-1)]));
    const current = valuesIn(now, 'server').map((name, i) => [name, valuesIn(now, 'state_code')[i]]);
    expect(current.length).toBe(20);
    for (const [name, state] of current) expect([name, last.get(String(name))]).toEqual([name, state]);
  });

  test('a shared dashboard, where nothing fills in variables, shows the whole fleet', async () => {
    for (const panel of FLEET.panels) {
      const [query] = panel.targets;
      if (query === undefined) continue;
      const asked = { baseUrl: server.url, range: viewer({}).range };
      const [unresolved, all] = [await runQuery(query, asked), await viewer(WHOLE_FLEET).panel(panel)];
      expect(problemsOf(panel, unresolved), panel.title).toEqual([]);
      expect(namesIn(unresolved, 'server'), panel.title).toEqual(namesIn(all, 'server'));
    }
  });

  test('annotations have a time, a title, a text and tags, for incidents and deploys', async () => {
    const frames = await viewer(WHOLE_FLEET).annotations(FLEET);
    expect(frames.map(({ lost }) => lost)).toEqual([[], []]);
    for (const frame of frames) {
      const types = Object.fromEntries(frame.fields.map(({ name, type }) => [name, type]));
      expect(types).toEqual({
        time: 'time',
        timeEnd: 'time',
        title: 'string',
        text: 'string',
        tags: 'string',
      });
      for (const name of ['time', 'title', 'text', 'tags']) expect(valuesIn(frame, name)).not.toContain(null);
    }
    const tagsOf = (frame: Frame | undefined) =>
      new Set(frame && valuesIn(frame, 'tags').flatMap((text) => String(text).split(',')));
    const [incidents, deploys] = frames;
    expect(tagsOf(incidents)).toEqual(new Set(['incident', 'host_changed', 'commit_not_applied']));
    expect(tagsOf(deploys)).toEqual(new Set(['deploy']));
  });

  test('an incident is a region, an open one up to now; a deploy is a moment', async () => {
    const [incidents, deploys] = await viewer(WHOLE_FLEET).annotations(FLEET);
    if (incidents === undefined || deploys === undefined) throw new Error('There are no annotations.');
    expect(new Set(valuesIn(deploys, 'timeEnd'))).toEqual(new Set([null]));
    const ends = valuesIn(incidents, 'timeEnd');
    expect(ends).not.toContain(null);
    expect(ends).toContain(NOON);
    const starts = valuesIn(incidents, 'time');
    for (const [i, end] of ends.entries()) expect(Number(end)).toBeGreaterThanOrEqual(Number(starts[i]));
  });

  test('the pickers offer every repo, and the servers of the picked ones', async () => {
    const repos = await viewer(WHOLE_FLEET).options(FLEET, 'repo');
    expect(repos).toEqual(['chrony', 'haproxy', 'nginx', 'postgres', 'rsyslog', 'sshd']);
    expect(await viewer(WHOLE_FLEET).options(FLEET, 'server')).toHaveLength(20);
    const ofTwo = await viewer({ repo: picked('chrony', 'sshd'), server: ALL }).options(FLEET, 'server');
    expect(new Set(ofTwo.map((name) => name.split('-')[0]))).toEqual(new Set(['chrony', 'sshd']));
    const ofOne = await viewer({ repo: single('sshd') }).options(TARGET, 'server');
    expect(new Set(ofOne.map((name) => name.split('-')[0]))).toEqual(new Set(['sshd']));
  });

  test.each<[string, Picks]>([
    ['neither', { repo: single(''), server: single('') }],
    ['a repo only', { repo: single('nginx'), server: single('') }],
    ['a server only', { repo: single(''), server: single('nginx-lab') }],
  ])('the dashboard of a target draws nothing without a pick, and asks for one: %s', async (_, picks) => {
    for (const panel of TARGET.panels) {
      const { fields, bytes } = await viewer(picks).panel(panel);
      expect([panel.title, fields, bytes < 50]).toEqual([panel.title, [], true]);
      if (panel.title !== 'Incidents' && panel.title !== 'Files')
        expect(panel.fieldConfig.defaults.noValue).toMatch(/pick/);
    }
    for (const { fields } of await viewer(picks).annotations(TARGET)) expect(fields).toEqual([]);
  });
});

describe('a fleet of one target', () => {
  fleetOf(() => ONE_TARGET.values());

  test.each([
    [FLEET, WHOLE_FLEET],
    [TARGET, { repo: single('rsyslog'), server: single('rsyslog-lab') }],
  ] as const)('every panel shows something: $title', async (dashboard, picks) => {
    expect(await problemsOn(dashboard, picks)).toEqual([]);
  });
});

describe('a fleet of one target that never drifted', () => {
  fleetOf(() => [aReport({ checkedAt: NOON - MINUTE })].values());

  test('only the tables of problems are empty, and they say that in words', async () => {
    const problems = await problemsOn(FLEET, WHOLE_FLEET);
    expect(problems).toEqual([
      'Worst files: No data: a frame without fields',
      'Incidents: No data: a frame without fields',
    ]);
    for (const title of ['Worst files', 'Incidents']) {
      expect(panelCalled(FLEET, title).fieldConfig.defaults.noValue).toMatch(/^no /);
    }
  });
});

describe('an empty server', () => {
  fleetOf(() => [].values());

  test.each([FLEET, TARGET])('no query is an error: $title', async (dashboard) => {
    const empty = viewer({ repo: single(''), server: single('') });
    for (const panel of dashboard.panels) await expect(empty.panel(panel)).resolves.toBeDefined();
    await expect(empty.annotations(dashboard)).resolves.toMatchObject([{ fields: [] }, { fields: [] }]);
    for (const { name } of queryVariables(dashboard))
      expect(await empty.options(dashboard, name)).toEqual(name === 'worst' ? ['all 0'] : []);
  });

  test('the tiles show zero, and nothing says that anything is in sync', async () => {
    const counts = await viewer(WHOLE_FLEET).panel(panelCalled(FLEET, 'Targets by state, now'));
    expect(counts.fields.map(({ values }) => values)).toEqual([[0], [0], [0], [0]]);
    const shares = await viewer(WHOLE_FLEET).panel(panelCalled(FLEET, 'Over the range'));
    expect(shares.fields.map(({ values }) => values)).toEqual([[null], [null]]);
  });
});

describe('a fleet of 1,000', () => {
  fleetOf(() => demoFleet(1000, 0.25));

  test('every panel of the fleet dashboard shows something, and none gets too many rows', async () => {
    for (const panel of FLEET.panels) {
      const frame = await viewer(WHOLE_FLEET).panel(panel);
      expect(problemsOf(panel, frame), panel.title).toEqual([]);
      expect(frame.bytes, panel.title).toBeLessThanOrEqual(300_000);
    }
    const [marks] = await viewer(WHOLE_FLEET).annotations(FLEET);
    expect(marks?.fields[0]?.values.length).toBeGreaterThan(0);
  });

  test('the pickers offer all of them', async () => {
    // Targets that have been silent for longer than these six hours are not known.
    const known = (await server.json('/api/v1/status')) as unknown[];
    expect(known.length).toBeGreaterThan(900);
    expect(await viewer(WHOLE_FLEET).options(FLEET, 'server')).toHaveLength(known.length);
  });
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aReport, MINUTE, NOON } from '../fixtures.ts';
import type { Frame } from './infinity/frame.ts';
import type { InfinityModel } from './infinity-model.ts';
import { runQuery } from './plugin.ts';
import { RunningServer } from './running-server.ts';
import { queryVariables, shippedDashboard, shippedRules } from './shipped.ts';
import type { Picked } from './template.ts';
import { ALL, picked, Viewer } from './viewer.ts';

const DASHBOARDS = [shippedDashboard('gitops-drift'), shippedDashboard('gitops-target')];

const LABELS = '${label:customqueryparam:label}';

/** A value that every list syntax would split, and that must be encoded once. */
const ODD = 'a,b|{c} & d+e';

const of = (repo: string, server: string, labels: Record<string, string>) =>
  [-60, -30].map((minute) =>
    aReport({
      repo,
      server,
      labels,
      checkedAt: NOON + minute * MINUTE,
      ...(minute === -30 ? { syncStatus: 'OUT_OF_SYNC', files: [`${server}.conf`] } : {}),
    }),
  );

let server: RunningServer;
beforeAll(async () => {
  server = await RunningServer.start([
    ...of('shop', 'web', { env: 'prod', team: 'core' }),
    ...of('wiki', 'app', { env: 'test', team: ODD }),
    ...of('lab', 'box', {}),
  ]);
});
afterAll(() => server.stop());

/** The dashboard of one target asks nothing before names are picked. */
const NAMES = { repo: picked('shop', 'wiki', 'lab'), server: picked('web', 'app', 'box') };

const viewer = (label: Picked) => new Viewer(server.url, { label, ...NAMES });

/** Every name of a server in a frame, also as the beginning of a file. */
function serversIn(frame: Frame): Set<string> {
  const text = JSON.stringify(frame);
  return new Set(['web', 'app', 'box'].filter((name) => new RegExp(`\\b${name}\\b`).test(text)));
}

const QUERIES = DASHBOARDS.flatMap((dashboard) => [
  ...dashboard.panels.flatMap(({ title, targets }) =>
    targets.map((query) => [`${dashboard.title}: ${title}`, query] as const),
  ),
  ...dashboard.annotations.list.map(({ name, target }) => [`${dashboard.title}: ${name}`, target] as const),
  ...queryVariables(dashboard)
    .filter(({ name }) => name !== 'label')
    .map(({ name, query }) => [`${dashboard.title}: the picker of ${name}`, query.infinityQuery] as const),
]);

describe.each(QUERIES)('%s', (_, query) => {
  test('has the labels in its URL, where a key may be repeated', () => {
    expect(query.url.split('?')[1]).toBe(LABELS);
    expect(query.url_options.params.map(({ key }) => key)).not.toContain('label');
  });
});

describe.each(DASHBOARDS)('$title', (dashboard) => {
  const tellingOf = async (label: Picked) => {
    const frames = await Promise.all([
      ...dashboard.panels.map((panel) => viewer(label).panel(panel)),
      viewer(label)
        .annotations(dashboard)
        .then(([frame]) => frame),
    ]);
    return new Set(frames.flatMap((frame) => (frame === undefined ? [] : [...serversIn(frame)])));
  };

  test.each<[string, Picked, string[]]>([
    ['one', picked('env:prod'), ['web']],
    ['two values of a key', picked('env:prod', 'env:test'), ['web', 'app']],
    ['two keys', picked('env:prod', 'team:core'), ['web']],
    ['one with the characters of lists', picked(`team:${ODD}`), ['app']],
    ['none', picked(), ['web', 'app', 'box']],
    ['all', ALL, ['web', 'app', 'box']],
  ])('shows the targets with the picked labels: %s', async (_, label, expected) => {
    expect(await tellingOf(label)).toEqual(new Set(expected));
  });

  test('shows nothing if no target has all of them', async () => {
    expect(await tellingOf(picked('env:prod', `team:${ODD}`))).toEqual(new Set());
  });

  test('offers every label, and the repos and servers with the picked ones', async () => {
    expect(await viewer(ALL).options(dashboard, 'label')).toEqual([
      'env:prod',
      'env:test',
      `team:${ODD}`,
      'team:core',
    ]);
    expect(await viewer(picked('env:prod')).options(dashboard, 'repo')).toEqual(['shop']);
    expect(await viewer(picked('env:prod')).options(dashboard, 'server')).toEqual(['web']);
    expect(await viewer(picked('env:prod')).options(dashboard, 'label')).toHaveLength(4);
  });
});

test('a shared dashboard, where nothing fills in the labels, shows every target', async () => {
  const [query] = DASHBOARDS[0]?.panels.find(({ title }) => title === 'Targets, now')?.targets ?? [];
  if (query === undefined) throw new Error('There is no table of the targets.');
  const { range } = viewer(ALL);
  expect(serversIn(await runQuery(query, { baseUrl: server.url, range })).size).toBe(3);
});

describe('a panel that does not repeat the parameter', () => {
  const asking = (value: string): InfinityModel => {
    const [query] = DASHBOARDS[0]?.panels.find(({ title }) => title === 'Targets, now')?.targets ?? [];
    if (query === undefined) throw new Error('There is no table of the targets.');
    const { url, url_options: options } = query;
    return {
      ...query,
      url: url.replace(/\?.*/, ''),
      url_options: { ...options, params: [{ key: 'label', value }] },
    };
  };

  test.each(['{env:prod,env:test}', '["env:prod","env:test"]', '(env:prod|env:test)'])(
    'is an error that names the format, not an empty table: %s',
    async (value) => {
      const { range } = viewer(ALL);
      await expect(runQuery(asking(value), { baseUrl: server.url, range })).rejects.toThrow(
        /status code : 422 .*\$\{label:customqueryparam:label\}/,
      );
    },
  );
});

describe('rules', () => {
  const asked = shippedRules().map(({ data: [{ model }] }) => model);

  test('ask for no labels of a dashboard: there is none', () => {
    for (const model of asked) expect(JSON.stringify(model)).not.toContain('label:');
  });

  test('of users may name some', async () => {
    const ofTargets = asked.find(({ columns }) => columns.some(({ text }) => text === 'server'));
    if (ofTargets === undefined) throw new Error('No rule is about targets.');
    const { range } = viewer(ALL);
    const narrowed = { ...ofTargets, url: `${ofTargets.url}?label=env:prod&label=env:test` };
    const frame = await runQuery(narrowed, { baseUrl: server.url, range });
    expect(serversIn(frame)).toEqual(new Set(['web', 'app']));
  });
});

import { expect, test } from 'vitest';
import { type Frame, frameOf } from './infinity/frame.ts';
import { longToWide } from './infinity/long-to-wide.ts';
import type { Panel } from './infinity-model.ts';
import { problemsOf } from './panel-rules.ts';
import { shippedDashboard } from './shipped.ts';

// These rules are the proof of other tests, so each must detect its own fault.

const { panels } = shippedDashboard('gitops-drift');

function panelOf(type: Panel['type']): Panel {
  const panel = panels.find((one) => one.type === type);
  if (panel === undefined) throw new Error(`There is no ${type}.`);
  return panel;
}

/** The frame that a panel draws from a body. */
function drawn(panel: Panel, body: unknown): Frame {
  const [query] = panel.targets;
  if (query === undefined) throw new Error('The panel asks nothing.');
  const frame = frameOf(body, query);
  return query.format === 'timeseries' ? longToWide(frame) : frame;
}

const timeline = panelOf('state-timeline');
const row = (fields: object = {}) => ({ time: 1000, repo: 'rsyslog', server: 'lab', state: 0, ...fields });

test.each<[string, unknown, RegExp]>([
  ['no row', [], /^No data/],
  ['a key is missing', [{ time: 1000, repo: 'rsyslog', server: 'lab' }], /state: there is no such key/],
  ['a state as text', [row({ state: 'SYNCED' })], /"SYNCED" is no number/],
  ['a time as text', [row({ time: '2026-04-21T12:00:00Z' })], /is no timestamp_epoch/],
  ['time runs backwards', [row({ time: 2000 }), row()], /time does not ascend/],
  ['a state that nothing maps', [row({ state: 7 })], /nothing says how 7 is shown/],
  ['nothing known', [row({ state: null })], /^No data/],
])('a state timeline is refused: %s', (_, body, reason) => {
  expect(problemsOf(timeline, drawn(timeline, body)).join('\n')).toMatch(reason);
});

test('a state timeline is fine with a series per target on shared instants', () => {
  const body = [row(), row({ server: 'prod' }), row({ time: 2000, state: 1 })];
  const frame = drawn(timeline, body);
  expect(problemsOf(timeline, frame)).toEqual([]);
  expect(frame.fields.map(({ labels, values }) => [labels?.server, values])).toEqual([
    [undefined, [1000, 2000]],
    ['lab', [0, 1]],
    ['prod', [0, null]],
  ]);
});

test('a stat is refused with two rows, because it would show only the last one', () => {
  const stat = panelOf('stat');
  const counts = { synced: 1, out_of_sync: 0, unknown: 0, stale: 0 };
  expect(problemsOf(stat, drawn(stat, [counts]))).toEqual([]);
  expect(problemsOf(stat, drawn(stat, [counts, counts])).join()).toMatch(/2 rows/);
});

test('a bar gauge is refused without a name, or with more rows than it has bars', () => {
  const bars = panelOf('bargauge');
  const body = Array.from({ length: 51 }, (_, i) => ({ repo: `repo-${i}`, in_sync_ratio: 1 }));
  expect(problemsOf(bars, drawn(bars, body.slice(0, 50)))).toEqual([]);
  expect(problemsOf(bars, drawn(bars, body)).join()).toMatch(/51 rows, but only 50 bars/);
  expect(problemsOf(bars, drawn(bars, [{ in_sync_ratio: 1 }])).join()).toMatch(/repo: there is no such key/);
});

test('a long frame in a time series is refused', () => {
  const panel = { ...panelOf('timeseries'), targets: timeline.targets };
  const long = frameOf([row()], {
    refId: 'A',
    root_selector: '',
    columns: timeline.targets[0]?.columns ?? [],
  });
  expect(problemsOf(panel, long).join()).toMatch(/server is text: the frame is long/);
});

test('a table is refused if its empty cells would say that the whole table is empty', () => {
  const table = panelOf('table');
  const [query] = table.targets;
  const body = [
    { ...Object.fromEntries(query?.columns.map(({ selector }) => [selector, null]) ?? []), server: 'lab' },
  ];
  expect(problemsOf(table, drawn(table, body))).toEqual([]);
  const overrides = table.fieldConfig.overrides.map(({ matcher, properties }) => ({
    matcher,
    properties: properties.filter(({ id }) => id !== 'noValue'),
  }));
  const without = { ...table, fieldConfig: { ...table.fieldConfig, overrides } };
  expect(problemsOf(without, drawn(without, body))).toContain(
    'an empty cell of error says: no target has reported yet',
  );
});

test('a table is refused if its order, sorting, links or overrides name a missing column', () => {
  const table = panelOf('table');
  const [query] = table.targets;
  if (query === undefined) throw new Error('The table asks nothing.');
  const body = [Object.fromEntries(query.columns.map(({ selector }) => [selector, null])), { server: 'lab' }];
  const without = { ...query, columns: query.columns.filter(({ text }) => text !== 'repo') };
  const reasons = problemsOf(table, { ...frameOf(body, without), lost: [] }).join('\n');
  expect(reasons).toMatch(/are ordered as/);
  expect(reasons).toMatch(/an override for repo, which is not there/);
  expect(reasons).toMatch(/a link to the field repo, which is not there/);
  const unsorted = { ...table, options: { ...table.options, sortBy: [{ displayName: 'Colour' }] } };
  expect(problemsOf(unsorted, { ...frameOf(body, query), lost: [] }).join()).toMatch(/sorted by Colour/);
});

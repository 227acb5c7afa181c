import { describe, expect, test } from 'vitest';
import type { Panel } from './infinity-model.ts';
import { readShipped, shippedDashboard } from './shipped.ts';

const DASHBOARDS = [shippedDashboard('gitops-drift'), shippedDashboard('gitops-target')];

function overlap({ gridPos: a }: Panel, { gridPos: b }: Panel): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

describe.each(DASHBOARDS)('$title', ({ uid, panels, templating }) => {
  test('every panel has an id and a place of its own', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    for (const panel of panels) {
      expect(panel.gridPos.x + panel.gridPos.w).toBeLessThanOrEqual(24);
      expect(panels.filter((other) => overlap(panel, other))).toEqual([panel]);
    }
  });

  test('every query can be used by rules and in shared dashboards, but for those of the variables', () => {
    for (const { targets } of panels) expect(targets.map(({ parser }) => parser)).toEqual(['backend']);
    for (const { query } of templating.list) expect(query.infinityQuery.parser).toBe('simple');
  });

  test('a time range is given by the macros that work everywhere', () => {
    const params = panels.flatMap(({ targets }) => targets.flatMap(({ url_options }) => url_options.params));
    const given = (key: string) => new Set(params.filter((one) => one.key === key).map(({ value }) => value));
    expect([...given('from'), ...given('to')]).toEqual(['${__timeFrom}', '${__timeTo}']);
    expect([...given('interval_ms')]).toEqual(['${__interval_ms}']);
  });

  test('every link to a dashboard leads to one that there is, and fills in variables that it has', () => {
    const links = [...readShipped(`grafana/dashboards/${uid}.json`).matchAll(/"\/d\/([^"]+)"/g)];
    expect(links.length).toBeGreaterThan(0);
    for (const [, link = ''] of links) {
      const [path, query = ''] = link.split('?');
      const target = DASHBOARDS.find((one) => one.uid === path);
      expect(target, link).toBeDefined();
      for (const [, name] of query.matchAll(/var-(\w+)=/g)) {
        expect(target?.templating.list.map((variable) => variable.name)).toContain(name);
      }
    }
  });
});

test('the fleet starts with everything, as one `*`; a target is exactly one', () => {
  const [fleet, target] = DASHBOARDS.map(({ templating }) => templating.list);
  expect(
    fleet?.map(({ name, multi, includeAll, allValue, current }) => ({
      name,
      multi,
      includeAll,
      allValue,
      current,
    })),
  ).toEqual(
    ['label', 'repo', 'server'].map((name) => ({
      name,
      multi: true,
      includeAll: true,
      allValue: '*',
      current: { text: ['All'], value: ['$__all'] },
    })),
  );
  expect(target?.map(({ name, multi, includeAll }) => ({ name, multi, includeAll }))).toEqual([
    { name: 'label', multi: true, includeAll: true },
    ...['repo', 'server'].map((name) => ({ name, multi: false, includeAll: false })),
  ]);
});

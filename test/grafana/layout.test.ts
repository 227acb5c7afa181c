import { describe, expect, test } from 'vitest';
import type { Panel } from './infinity-model.ts';
import { queryVariables, readShipped, shippedDashboard } from './shipped.ts';

const DASHBOARDS = [shippedDashboard('gitops-drift'), shippedDashboard('gitops-target')];

function overlap({ gridPos: a }: Panel, { gridPos: b }: Panel): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

describe.each(DASHBOARDS)('$title', (dashboard) => {
  const { uid, panels, templating, annotations } = dashboard;
  test('every panel has an id and a place of its own', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    for (const panel of panels) {
      expect(panel.gridPos.x + panel.gridPos.w).toBeLessThanOrEqual(24);
      expect(panels.filter((other) => overlap(panel, other))).toEqual([panel]);
    }
  });

  test('every query works in rules and shared dashboards, except those of the variables', () => {
    for (const { targets } of panels) expect(targets.map(({ parser }) => parser)).toEqual(['backend']);
    for (const { query } of queryVariables(dashboard)) expect(query.infinityQuery.parser).toBe('simple');
  });

  test('a time range is given by the macros that work everywhere', () => {
    const params = panels.flatMap(({ targets }) => targets.flatMap(({ url_options }) => url_options.params));
    const given = (key: string) => new Set(params.filter((one) => one.key === key).map(({ value }) => value));
    expect([...given('from'), ...given('to')]).toEqual(['${__timeFrom}', '${__timeTo}']);
    expect([...given('interval_ms')]).toEqual(['${__interval_ms}']);
  });

  test('graphs over time have a legend', () => {
    const graphs = panels.filter(({ type }) => type === 'timeseries' || type === 'state-timeline');
    expect(graphs.length).toBeGreaterThan(1);
    for (const { options } of graphs)
      expect(options.legend).toMatchObject({ showLegend: true, displayMode: 'list' });
  });

  test('the buckets are as wide as the panel can show', () => {
    for (const { maxDataPoints } of panels) expect(maxDataPoints).toBeUndefined();
  });

  test('incidents and deploys are marked in two colours, and each can be switched off', () => {
    const marks = annotations.list.map(({ name, iconColor, enable, target }) => {
      const kind = target.url_options.params.find(({ key }) => key === 'kind')?.value;
      return { name, iconColor, enable, kind };
    });
    expect(marks).toEqual([
      { name: 'Incidents', iconColor: 'red', enable: uid === 'gitops-target', kind: 'incident' },
      { name: 'Deploys', iconColor: 'blue', enable: true, kind: 'deploy' },
    ]);
  });

  test('a number of a state has its colour from 1 on, and none at 0 or if it is unknown', () => {
    const counts = panels
      .filter(({ type }) => type === 'stat')
      .flatMap(({ fieldConfig }) =>
        fieldConfig.overrides.filter(({ properties }) => properties.some(({ id }) => id === 'thresholds')),
      );
    expect(counts).toHaveLength(uid === 'gitops-drift' ? 7 : 2);
    for (const { properties } of counts) {
      const { value } = properties.find(({ id }) => id === 'thresholds') ?? {};
      expect(value).toMatchObject({ steps: [{ value: null, color: '#5a6470' }, { value: 1 }] });
    }
    for (const { type, fieldConfig } of panels) {
      if (type !== 'stat' && type !== 'bargauge') continue;
      expect(fieldConfig.defaults.mappings).toContainEqual(
        expect.objectContaining({ options: expect.objectContaining({ match: 'null+nan' }) }),
      );
    }
  });

  test('it asks the datasource of its picker, and no other', () => {
    const [picker] = templating.list;
    expect(picker).toMatchObject({
      query: 'yesoreyeram-infinity-datasource',
      current: { text: 'GitOps Status', value: 'gitops-status' },
    });
    const queries = [
      ...panels.flatMap(({ targets }) => targets),
      ...queryVariables(dashboard).map(({ query }) => query.infinityQuery),
      ...annotations.list.map(({ target }) => target),
    ];
    expect(new Set(queries.map(({ datasource }) => datasource.uid))).toEqual(new Set(['${datasource}']));
  });

  test('every link to a dashboard leads to an existing one, and fills in its variables', () => {
    const links = [...readShipped(`grafana/dashboards/${uid}.json`).matchAll(/"\/d\/([^"]+)"/g)];
    expect(links.length).toBeGreaterThan(0);
    const keptByLink = readShipped(`grafana/dashboards/${uid}.json`).includes('"keepTime": true') ? 1 : 0;
    const keptByUrl = links.filter(([link]) => link.includes('${__url_time_range}')).length;
    expect(keptByUrl + keptByLink).toBe(links.length);
    for (const [, link = ''] of links) {
      const [path, query = ''] = link.split('?');
      const target = DASHBOARDS.find((one) => one.uid === path);
      expect(target, link).toBeDefined();
      expect(query).toContain('${datasource:queryparam}');
      for (const [, name] of query.matchAll(/var-(\w+)=/g)) {
        expect(target?.templating.list.map((variable) => variable.name)).toContain(name);
      }
    }
  });
});

test('a bar of the timeline leads to its target, and the gauge of a repo narrows the fleet to it', () => {
  const [fleet] = DASHBOARDS;
  const linkOf = (type: Panel['type']) =>
    fleet?.panels.find((one) => one.type === type)?.fieldConfig.defaults.links?.[0]?.url;
  const target =
    '&var-repo=${__field.labels.repo:percentencode}&var-server=${__field.labels.server:percentencode}';
  expect(linkOf('state-timeline')).toBe(
    `/d/gitops-target?\${datasource:queryparam}&\${__url_time_range}${target}`,
  );
  expect(linkOf('bargauge')).toContain('/d/gitops-drift?');
  expect(linkOf('bargauge')).toContain('&${label:queryparam}&');
  expect(linkOf('bargauge')).toContain('&var-repo=${__data.fields.repo:percentencode}');
});

test('the fleet starts with everything, as one `*`; a target is exactly one', () => {
  const [fleet, target] = DASHBOARDS.map(queryVariables);
  const pickers = fleet?.filter(({ name }) => name !== 'worst');
  expect(
    pickers?.map(({ name, multi, includeAll, allValue, current }) => ({
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

import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { type AlertRule, alertRuleFile, type Dashboard, dashboard } from './infinity-model.ts';

const ROOT = new URL('../../', import.meta.url);

/** A file of the repository, by its path. */
export function readShipped(path: string): string {
  return readFileSync(new URL(path, ROOT), 'utf8');
}

export function shippedYaml(path: string): unknown {
  return parse(readShipped(path));
}

export function shippedDashboard(name: 'gitops-drift' | 'gitops-target'): Dashboard {
  return dashboard.parse(JSON.parse(readShipped(`grafana/dashboards/${name}.json`)));
}

/** The variables that ask the server: all except the datasource itself. */
export function queryVariables({ templating: { list } }: Dashboard) {
  const [, ...variables] = list;
  return variables;
}

export function shippedRules(): AlertRule[] {
  return alertRuleFile
    .parse(shippedYaml('grafana/provisioning/alerting/rules.yaml'))
    .groups.flatMap(({ rules }) => rules);
}

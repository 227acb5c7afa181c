import type { DataTransformerConfig } from '@grafana/grafana-foundation-sdk/dashboard';

/** Restores the order of columns: they leave the plugin sorted by name, whatever order the query has. */
export function inOrder(names: readonly string[]): DataTransformerConfig {
  const indexByName = Object.fromEntries(names.map((name, i) => [name, i]));
  return { id: 'organize', options: { excludeByName: {}, indexByName, renameByName: {} } };
}

import { compareText, type Labels } from '../domain/target.ts';

/** https://prometheus.io/docs/instrumenting/exposition_formats/#comments-help-text-and-type-information */
export function escapeLabelValue(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

/** Each with a comma before it, sorted by name. */
export function labelList(labels: Labels, prefix = ''): string {
  return Object.entries(labels)
    .sort(([a], [b]) => compareText(a, b))
    .map(([name, value]) => `,${prefix}${name}="${escapeLabelValue(value)}"`)
    .join('');
}

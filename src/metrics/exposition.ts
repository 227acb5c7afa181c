import type { State } from '../domain/state.ts';
import { compareText, type Target } from '../domain/target.ts';
import { stateOf } from '../domain/target-status.ts';
import { type CountedStatus, FAMILIES, type Family, TARGET_INFO } from './families.ts';

/** Prometheus' text format 0.0.4, or OpenMetrics 1.0. They have the same samples and different descriptions. */
export type ExpositionFormat = 'text' | 'openmetrics';

type Description = Pick<Family, 'name' | 'type' | 'help'>;

interface Row {
  readonly status: CountedStatus;
  readonly state: State;
  /** The name of the target, as it is in each of its lines. */
  readonly labels: string;
}

/** The series of all targets at an instant. */
export function renderFleet(
  statuses: readonly CountedStatus[],
  at: number,
  format: ExpositionFormat,
): string {
  const rows = statuses.map((status) => ({
    status,
    state: stateOf(status, at),
    labels: labelsOf(status.target),
  }));
  const families = FAMILIES.map((family) => header(family, format) + renderFamily(family, rows));
  return [...families, header(TARGET_INFO, format) + renderLabels(rows)].join('');
}

/** A series for each target that has labels. A label has a prefix, so that none can take the place of another. */
function renderLabels(rows: readonly Row[]): string {
  return rows
    .flatMap(({ status, labels }) => {
      const own = Object.entries(status.labels)
        .sort(([a], [b]) => compareText(a, b))
        .map(([key, value]) => `,label_${key}="${escapeLabelValue(value)}"`);
      return own.length === 0 ? [] : [`${TARGET_INFO.name}{${labels}${own.join('')}} 1\n`];
    })
    .join('');
}

/**
 * Joined instead of concatenated: concatenated strings are trees in V8, and flattening them takes several times as
 * long.
 */
function renderFamily({ name, variants, values }: Family, rows: readonly Row[]): string {
  const pieces: string[] = [];
  for (const { status, state, labels } of rows) {
    for (const [i, value] of values(status, state).entries()) {
      if (value !== undefined) pieces.push(name, '{', labels, variants[i] ?? '', '} ', String(value), '\n');
    }
  }
  return pieces.join('');
}

function labelsOf({ repo, server }: Target): string {
  return `repo="${escapeLabelValue(repo)}",server="${escapeLabelValue(server)}"`;
}

/** https://prometheus.io/docs/instrumenting/exposition_formats/#comments-help-text-and-type-information */
export function escapeLabelValue(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

/**
 * The same exposition in OpenMetrics, without its end marker. There the name of a counter's family has no `_total`,
 * and there are no empty lines.
 */
export function toOpenMetrics(text: string): string {
  return text
    .replace(/^# HELP (\S+)_total (.*)\n# TYPE \1_total counter$/gm, '# HELP $1 $2\n# TYPE $1 counter')
    .replace(/\n{2,}/g, '\n');
}

function header({ name, type, help }: Description, format: ExpositionFormat): string {
  const text = `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
  return format === 'text' ? text : toOpenMetrics(text);
}

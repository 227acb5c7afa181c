import type { Standing } from '../domain/standing.ts';
import { type State, stateAt } from '../domain/state.ts';
import type { Target } from '../domain/target.ts';
import { FAMILIES, type Family } from './prometheus-families.ts';

/** Prometheus' text format 0.0.4, or OpenMetrics 1.0. Their samples are the same; what describes them is not. */
export type ExpositionFormat = 'text' | 'openmetrics';

/** The pieces of the exposition, in order: one that says what it said the last time is the very same string. */
type RenderFleet = (
  standings: readonly Standing[],
  at: number,
  format: ExpositionFormat,
) => readonly string[];

/** The lines of one target in one family, and the values they give. */
interface Lines {
  readonly values: readonly (number | undefined)[];
  readonly text: string;
}

/** All that is said about one target. */
interface Row {
  readonly standing: Standing;
  readonly state: State;
  /** Its name, as every one of its lines has it. */
  readonly labels: string;
  /** By family. */
  readonly lines: readonly Lines[];
}

/**
 * Makes a renderer for the series of all targets. It remembers what it wrote, so that a scrape of a large fleet
 * pays for what has changed since the one before; what it returns depends on its arguments alone.
 */
export function createFleetRenderer(): RenderFleet {
  let rows: readonly Row[] = [];
  let blocks: readonly string[] = [];

  return (standings, at, format) => {
    const before = { rows, blocks };
    rows = standings.map((standing, i) => renderRow(standing, at, before.rows[i]));
    blocks = FAMILIES.map((_, family) => {
      const known = isSame(rows, before.rows, family) ? before.blocks[family] : undefined;
      return known ?? renderBlock(rows, family);
    });
    return FAMILIES.flatMap((family, i) => [header(family, format), blocks[i] ?? '']);
  };
}

/** `before`: what was in its place. */
function renderRow(standing: Standing, at: number, before: Row | undefined): Row {
  const state = stateAt(standing, at);
  if (before?.standing === standing && before.state === state) return before;
  const known = before?.standing.target === standing.target ? before : undefined;
  const labels = known?.labels ?? labelsOf(standing.target);
  const lines = FAMILIES.map((family, i) => {
    const values = family.values(standing, state);
    const same = known?.lines[i];
    return same !== undefined && isEqual(values, same.values) ? same : renderLines(family, labels, values);
  });
  return { standing, state, labels, lines };
}

function labelsOf({ repo, server }: Target): string {
  return `repo="${escapeLabelValue(repo)}",server="${escapeLabelValue(server)}"`;
}

/** Joined, not added up: text that V8 holds as a tree of pieces takes several times as long to put together. */
function renderLines({ name, variants }: Family, labels: string, values: Lines['values']): Lines {
  const pieces: string[] = [];
  for (const [i, value] of values.entries()) {
    if (value !== undefined) pieces.push(name, '{', labels, variants[i] ?? '', '} ', String(value), '\n');
  }
  return { values, text: pieces.join('') };
}

function renderBlock(rows: readonly Row[], family: number): string {
  let text = '';
  for (const { lines } of rows) text += lines[family]?.text ?? '';
  return text;
}

function isSame(rows: readonly Row[], before: readonly Row[], family: number): boolean {
  if (rows.length !== before.length) return false;
  return rows.every((row, i) => row === before[i] || row.lines[family] === before[i]?.lines[family]);
}

function isEqual(a: Lines['values'], b: Lines['values']): boolean {
  return a.every((value, i) => value === b[i]);
}

/** https://prometheus.io/docs/instrumenting/exposition_formats/#comments-help-text-and-type-information */
export function escapeLabelValue(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

/**
 * The same exposition in OpenMetrics, without its end. There a counter's family is named without `_total`, and
 * there are no empty lines.
 */
export function toOpenMetrics(text: string): string {
  return text
    .replace(/^# HELP (\S+)_total (.*)\n# TYPE \1_total counter$/gm, '# HELP $1 $2\n# TYPE $1 counter')
    .replace(/\n{2,}/g, '\n');
}

function header({ name, type, help }: Family, format: ExpositionFormat): string {
  const text = `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
  return format === 'text' ? text : toOpenMetrics(text);
}

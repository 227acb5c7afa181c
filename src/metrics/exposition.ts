import type { State } from '../domain/state.ts';
import { type Target, targetKey } from '../domain/target.ts';
import { stateOf } from '../domain/target-status.ts';
import {
  type CountedStatus,
  type Family,
  type Fleet,
  familiesOf,
  PUSH_TIME,
  TARGET_INFO,
  type TargetSeries,
} from './families.ts';
import { escapeLabelValue, labelList } from './labels.ts';
import { pushedLabels, renderPushTimes } from './pushed-series.ts';

/** Prometheus' text format 0.0.4, or OpenMetrics 1.0. They have the same samples and different descriptions. */
export type ExpositionFormat = 'text' | 'openmetrics';

type Description = Pick<Family, 'name' | 'type' | 'help'>;

interface Row {
  readonly status: CountedStatus;
  readonly state: State;
  /** The name of the target, as all of its lines have it. */
  readonly labels: string;
  /** The same with the labels of its push, if that is its newest report; undefined if the push was deleted. */
  readonly pushedLabels: string | undefined;
}

/** The series of all targets at an instant. */
export function renderFleet(
  { statuses, pushes, at }: Fleet,
  { format, series }: { format: ExpositionFormat; series: TargetSeries },
): string {
  const pushOf = new Map(pushes.map((push) => [targetKey(push.target), push]));
  const rows = statuses.map((status) => {
    const labels = labelsOf(status.target);
    const push = pushOf.get(targetKey(status.target));
    const ofPush = push === undefined ? labels : labels + pushedLabels(push);
    const isDeleted = push?.isDeleted === true;
    return { status, state: stateOf(status, at), labels, pushedLabels: isDeleted ? undefined : ofPush };
  });
  const families = familiesOf(series).map((family) => header(family, format) + renderFamily(family, rows));
  return [
    ...families,
    header(PUSH_TIME, format) + renderPushTimes(pushes),
    header(TARGET_INFO, format) + renderLabels(rows),
  ].join('');
}

/** A series for each target that has labels. Labels get a prefix, so that none can replace another. */
function renderLabels(rows: readonly Row[]): string {
  return rows
    .flatMap(({ status, labels }) => {
      const own = labelList(status.labels, 'label_');
      return own === '' ? [] : [`${TARGET_INFO.name}{${labels}${own}} 1\n`];
    })
    .join('');
}

/**
 * Joined instead of concatenated: concatenated strings are trees in V8, and flattening them takes several times as
 * long.
 */
function renderFamily({ name, variants, values, isPushed = false }: Family, rows: readonly Row[]): string {
  const pieces: string[] = [];
  for (const row of rows) {
    const labels = isPushed ? row.pushedLabels : row.labels;
    if (labels === undefined) continue;
    for (const [i, value] of values(row.status, row.state).entries()) {
      if (value !== undefined) pieces.push(name, '{', labels, variants[i] ?? '', '} ', String(value), '\n');
    }
  }
  return pieces.join('');
}

function labelsOf({ repo, server }: Target): string {
  return `repo="${escapeLabelValue(repo)}",server="${escapeLabelValue(server)}"`;
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

import { compareText } from '../../src/domain/target.ts';
import type { Field, Frame, Value } from './infinity/frame.ts';
import { isAscending } from './infinity/long-to-wide.ts';
import type { Panel } from './infinity-model.ts';

/** What a panel type makes of a frame: every reason why it would show nothing, or nonsense. */
export function problemsOf(panel: Panel, frame: Frame): string[] {
  const problems = [...frame.lost, ...emptyProblems(frame)];
  if (problems.length > 0) return problems;
  return [...RULES[panel.type](panel, frame), ...fieldProblems(panel, frame)];
}

type Rule = (panel: Panel, frame: Frame) => string[];

const RULES: Readonly<Record<Panel['type'], Rule>> = {
  'state-timeline': (panel, frame) => [
    ...timeProblems(frame),
    ...seriesProblems(frame),
    ...unmappedValues(panel.fieldConfig.defaults.mappings ?? [], valuesOf(frame)),
  ],
  timeseries: (panel, frame) => [
    ...timeProblems(frame),
    ...seriesProblems(frame),
    ...(panel.transformations === undefined ? [] : organizeProblems(panel, frame)),
  ],
  stat: (panel, frame) => {
    const reduce = panel.options.reduceOptions;
    return [
      ...problemIf(reduce === undefined || reduce.values || reduce.fields !== '', 'a stat reduces numbers'),
      ...problemIf(rowsOf(frame) !== 1, `a stat of ${rowsOf(frame)} rows shows the last one only`),
      ...frame.fields
        .filter(({ type }) => type !== 'number')
        .map(({ name }) => `${name} is no number: the stat passes over it`),
      ...organizeProblems(panel, frame),
    ];
  },
  bargauge: (panel, frame) => {
    const limit = panel.options.reduceOptions?.limit ?? 25;
    return [
      ...problemIf(panel.options.reduceOptions?.values !== true, 'a bar per row needs reduceOptions.values'),
      ...problemIf(!isNamedNumber(frame), 'a bar needs a name and one number'),
      ...problemIf(rowsOf(frame) > limit, `${rowsOf(frame)} rows, but only ${limit} bars`),
    ];
  },
  table: (panel, frame) => [...organizeProblems(panel, frame), ...emptyCellProblems(panel, frame)],
};

function emptyProblems(frame: Frame): string[] {
  if (frame.fields.length === 0) return ['No data: a frame without fields'];
  const values = frame.fields.filter(({ type }) => type !== 'time').flatMap((field) => field.values);
  return problemIf(
    values.every((value) => value === null),
    'No data: nothing but nulls',
  );
}

function timeProblems({ fields }: Frame): string[] {
  const [time, ...others] = fields.filter(({ type }) => type === 'time');
  if (time === undefined) return ['there is no time field'];
  return [
    ...problemIf(others.length > 0, 'a second time field would be drawn as values'),
    ...problemIf(!isAscending(time.values), 'time does not ascend'),
    ...problemIf(new Set(time.values).size !== time.values.length, 'an instant comes twice'),
  ];
}

function seriesProblems({ fields }: Frame): string[] {
  const series = fields.filter(({ type }) => type !== 'time');
  return [
    ...series.filter(({ type }) => type !== 'number').map(({ name }) => `${name} is text: the frame is long`),
    ...problemIf(series.length === 0, 'there is no series'),
  ];
}

/** Names in overrides, sorting, links and display names must exist. */
function fieldProblems(panel: Panel, frame: Frame): string[] {
  const { overrides, defaults } = panel.fieldConfig;
  return [
    ...overrides.flatMap(({ matcher, properties }) => {
      const field = frame.fields.find(({ name }) => name === matcher.options);
      if (field === undefined) return [`an override for ${matcher.options}, which is not there`];
      return properties.flatMap(({ id, value }) => propertyProblems(field, { id, value }, frame));
    }),
    ...displayNameProblems(defaults.displayName, frame),
    ...sortProblems(panel),
  ];
}

function propertyProblems(
  field: Field,
  { id, value }: { id: string; value?: unknown },
  frame: Frame,
): string[] {
  const text = JSON.stringify(value);
  if (id === 'mappings') return unmappedValues(JSON.parse(text), field.values);
  if (id === 'unit' && text.includes('dateTime') !== (field.type === 'time')) {
    return [`${field.name} is ${field.type}: the unit ${text} does not suit it`];
  }
  const linked = [...text.matchAll(/__data\.fields\.(\w+)/g)].map(([, name]) => name);
  return linked
    .filter((name) => !frame.fields.some((one) => one.name === name))
    .map((name) => `a link to the field ${name}, which is not there`);
}

/** Every value must have its text and colour. */
function unmappedValues(
  mappings: readonly { type: string; options: Readonly<Record<string, unknown>> }[],
  values: readonly Value[],
): string[] {
  const [mapping] = mappings;
  if (mapping === undefined) return ['there is no value mapping'];
  const isMapped = (value: Value) =>
    mapping.type === 'regex'
      ? new RegExp(String(mapping.options.pattern)).test(String(value))
      : String(value) in mapping.options;
  const unmapped = new Set(values.filter((value) => value !== null && !isMapped(value)));
  return [...unmapped].map((value) => `nothing says how ${value} is shown`);
}

/** Two series of one name could not be distinguished. */
function displayNameProblems(displayName: string | undefined, { fields }: Frame): string[] {
  if (displayName === undefined) return [];
  const names = fields
    .filter(({ type }) => type !== 'time')
    .map(({ labels = {} }) =>
      displayName.replace(/\$\{__field\.labels\.(\w+)\}/g, (whole, label: string) => labels[label] ?? whole),
    );
  return [
    ...names.filter((name) => name.includes('$')).map((name) => `no label for ${name}`),
    ...problemIf(new Set(names).size !== names.length, 'two series have the same name'),
  ];
}

function sortProblems({ options, fieldConfig }: Panel): string[] {
  const titles = fieldConfig.overrides.flatMap(({ properties }) =>
    properties.filter(({ id }) => id === 'displayName').map(({ value }) => value),
  );
  return (options.sortBy ?? [])
    .filter(({ displayName }) => !titles.includes(displayName))
    .map(({ displayName }) => `sorted by ${displayName}, which is not there`);
}

function organizeProblems({ transformations = [] }: Panel, { fields }: Frame): string[] {
  const organized = Object.keys(transformations[0]?.options.indexByName ?? {}).sort(compareText);
  const present = fields.map(({ name }) => name).sort(compareText);
  return problemIf(organized.join() !== present.join(), `columns ${present} are ordered as ${organized}`);
}

/** A cell without a value shows the panel's text for empty tables, unless its column has its own. */
function emptyCellProblems({ fieldConfig }: Panel, { fields }: Frame): string[] {
  const columnsWithTheirOwn = fieldConfig.overrides
    .filter(({ properties }) => properties.some(({ id }) => id === 'noValue'))
    .map(({ matcher }) => matcher.options);
  return fields
    .filter(({ name, values }) => values.includes(null) && !columnsWithTheirOwn.includes(name))
    .map(({ name }) => `an empty cell of ${name} says: ${fieldConfig.defaults.noValue}`);
}

function problemIf(isProblem: boolean, words: string): string[] {
  return isProblem ? [words] : [];
}

function rowsOf({ fields: [first] }: Frame): number {
  return first?.values.length ?? 0;
}

function isNamedNumber({ fields }: Frame): boolean {
  const types = fields.map(({ type }) => type);
  return types.length === 2 && types.includes('string') && types.includes('number');
}

function valuesOf({ fields }: Frame): Value[] {
  return fields.filter(({ type }) => type !== 'time').flatMap(({ values }) => values);
}

import {
  type DynamicConfigValue,
  MappingType,
  SpecialValueMatch,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';

/** The number of each state on the server, and its colour everywhere. */
const STATES = [
  { code: 0, name: 'SYNCED', color: 'green' },
  { code: 1, name: 'OUT_OF_SYNC', color: 'red' },
  { code: 2, name: 'UNKNOWN', color: 'orange' },
  { code: 3, name: 'STALE', color: '#808080' },
] as const;

export type StateName = (typeof STATES)[number]['name'];

export function stateColor(name: StateName): string {
  return STATES.find((state) => state.name === name)?.color ?? 'text';
}

/** The colour of a number that is neither good nor bad. */
export const NEUTRAL = '#5a6470';

export const NOT_KNOWN = 'not known';

/** An unknown number has no threshold, and Grafana would give it the first colour, that of health. */
export const notKnownMapping = {
  type: MappingType.SpecialValue as const,
  options: {
    match: SpecialValueMatch.NullAndNan,
    result: { text: NOT_KNOWN, color: NEUTRAL, index: 0 },
  },
};

/** Shows a state's number as its name, in its colour. */
export const stateMapping = {
  type: MappingType.ValueToText as const,
  options: Object.fromEntries(
    STATES.map(({ code, name, color }) => [String(code), { text: name, color, index: code }]),
  ),
};

/** The same for a reported sync status, which is text. */
export const syncStatusMapping = {
  type: MappingType.ValueToText as const,
  options: Object.fromEntries(STATES.map(({ code, name, color }) => [name, { color, index: code }])),
};

/** Why an incident opened, in words. */
export const causeMapping = {
  type: MappingType.ValueToText as const,
  options: {
    host_changed: { text: 'changed on the host', color: 'red', index: 0 },
    commit_not_applied: { text: 'commit not applied yet', color: 'blue', index: 1 },
  },
};

export const openMapping = {
  type: MappingType.ValueToText as const,
  options: {
    true: { text: 'open', color: 'red', index: 0 },
    false: { text: 'resolved', color: 'green', index: 1 },
  },
};

/** A link to a CI run is long: one word replaces it. */
export const runMapping = {
  type: MappingType.RegexToText as const,
  options: { pattern: '^https?:.*$', result: { text: 'open', index: 0 } },
};

/** The colour of a count: none if it is 0. */
export function coloredFromOne(color: string): readonly DynamicConfigValue[] {
  const steps = [
    { value: null, color: NEUTRAL },
    { value: 1, color },
  ];
  return [
    { id: 'color', value: { mode: 'thresholds' } },
    { id: 'thresholds', value: { mode: 'absolute', steps } },
  ];
}

/** The colours of a share of time in sync. */
export const ratioThresholds = new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([
  { value: null, color: 'red' },
  { value: 0.95, color: 'orange' },
  { value: 0.99, color: 'green' },
]);

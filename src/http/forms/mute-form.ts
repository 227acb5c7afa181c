import { DomainError, type FieldError } from '../../domain/errors.ts';
import { formatInstant } from '../../domain/instant.ts';
import type { Mute, MuteTerms } from '../../domain/mute.ts';
import { matcherFaults } from '../../domain/mute-terms.ts';
import type { Matchers } from '../../domain/notify/matchers.ts';
import { endOf, type MuteFormValues, UNTIL } from '../../web/models/mute-form.ts';
import type { Faults } from '../../web/views/fields.tsx';
import { faultsIn } from '../problem.ts';
import { matchersInQuery, toFields } from '../schemas/matcher-params.ts';
import { changedTerms, muteBody, newTerms } from '../schemas/mute.ts';

/** The values of fields that nobody filled in. */
const DEFAULTS: Partial<MuteFormValues> = { until: '1h' };

/**
 * The fields of a form, from a query or a body. A field that occurs several times becomes one text with a line for
 * each.
 */
export function muteFormValues(given: URLSearchParams): MuteFormValues {
  const value = (name: keyof MuteFormValues) => {
    const all = given.getAll(name).map((text) => text.replace(/\r\n?/g, '\n'));
    const isByLine = name === 'file' || name === 'label';
    return all.length === 0 ? (DEFAULTS[name] ?? '') : all.join(isByLine ? '\n' : ' ').trim();
  };
  return {
    repo: namesIn(value('repo')).join(', '),
    server: namesIn(value('server')).join(', '),
    label: value('label'),
    file: value('file'),
    cause: value('cause'),
    state: value('state'),
    until: value('until'),
    ends_at: value('ends_at'),
    starts_at: value('starts_at'),
    reason: value('reason'),
    by: value('by'),
  };
}

/** The form as a query, to show it again. */
export function muteFormQuery(values: MuteFormValues): string {
  return new URLSearchParams(Object.entries({ ...values })).toString();
}

/** What the form asks for. It has terms if nothing is wrong with it, and matchers as far as they are valid. */
export interface CheckedMuteForm {
  readonly matchers: Matchers | undefined;
  readonly untilInSync: boolean;
  readonly terms: MuteTerms | undefined;
  readonly faults: Faults;
}

/** Checks the form of a new mute, or of a change to an existing one. */
export function checkMuteForm(
  values: MuteFormValues,
  { now, before }: { now: number; before?: Mute | undefined },
): CheckedMuteForm {
  const untilInSync = values.until === 'in_sync';
  const matchers = attempt(() => matchersOf(values));
  const terms = attempt(() => termsOf(values, { now, before }));
  const errors = [...(matchers.errors ?? []), ...(terms.errors ?? [])];
  return {
    matchers: matchers.value,
    untilInSync,
    terms: errors.length === 0 ? terms.value : undefined,
    faults: toFaults(errors, values),
  };
}

/** A text that is equal for forms that match the same. */
export function shownText({ matchers, untilInSync }: CheckedMuteForm): string {
  return JSON.stringify([matchers ?? null, untilInSync]);
}

function matchersOf(values: MuteFormValues): Matchers {
  const matchers = matchersInQuery(asked(values));
  const faults = matcherFaults(matchers);
  if (faults.length > 0) throw new DomainError('invalid', '', { fieldErrors: faults });
  return matchers;
}

function termsOf(
  values: MuteFormValues,
  { now, before }: { now: number; before: Mute | undefined },
): MuteTerms {
  const until = UNTIL.find((one) => one === values.until);
  if (until === undefined) throw fault('/until', 'Choose one of these');
  if (until === 'at' && values.ends_at === '') throw fault('/ends_at', 'Say when it ends');
  const end = endOf(until, now);
  const endsAt = end === undefined ? toInstant(until === 'at' ? values.ends_at : '') : formatInstant(end);
  const parsed = muteBody.safeParse({
    ...toFields(asked(values)),
    reason: values.reason,
    starts_at: toInstant(values.starts_at),
    ends_at: endsAt,
    until_in_sync: until === 'in_sync',
  });
  if (!parsed.success) throw new DomainError('invalid', '', { fieldErrors: faultsIn(parsed.error, 'body') });
  if (before === undefined) return newTerms(parsed.data, now);
  const none = { repo: null, server: null, labels: null, file: null, cause: null, state: null };
  return changedTerms(before, { ...none, ...parsed.data }, now);
}

function asked({ repo, server, label, file, cause, state }: MuteFormValues) {
  const words = (text: string) => text.split(/\s+/).filter(Boolean);
  const lines = (text: string) =>
    text
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean);
  return {
    repo: namesIn(repo),
    server: namesIn(server),
    label: lines(label),
    file: lines(file),
    cause: words(cause),
    state: words(state),
  };
}

/** In a query a `+` is a part of a name, but no name begins with one. There it is the blank of `a, b`. */
function namesIn(text: string): string[] {
  return text
    .split(/[\s,]+/)
    .map((name) => name.replace(/^\++/, ''))
    .filter(Boolean);
}

/** A field for an instant has neither seconds nor a zone: it is in UTC. */
function toInstant(text: string): string | undefined {
  if (text === '') return undefined;
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(text)) return `${text}:00Z`;
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?$/.test(text) ? `${text}Z` : text;
}

function fault(pointer: string, detail: string): DomainError {
  return new DomainError('invalid', detail, { fieldErrors: [{ pointer, detail }] });
}

/** The value of a field, or what is wrong with it. */
function attempt<T>(work: () => T): { value?: T; errors?: readonly FieldError[] } {
  try {
    return { value: work() };
  } catch (error) {
    if (error instanceof DomainError && error.code === 'invalid') return { errors: error.fieldErrors };
    throw error;
  }
}

/** By the name of the field in the form, the first mistake of each. */
function toFaults(errors: readonly FieldError[], { until }: MuteFormValues): Faults {
  const faults: Record<string, string> = {};
  for (const { pointer = '', parameter, detail } of errors) {
    const name = parameter ?? pointer.split('/')[1] ?? 'form';
    const field = name === 'labels' ? 'label' : name === 'ends_at' && until !== 'at' ? 'until' : name;
    faults[field] ??= field === 'form' ? NO_MATCHER : sentence(detail);
  }
  return faults;
}

/** What is wrong with a value, as people read it beside the field. */
function sentence(detail: string): string {
  return /^(?:is|must|needs|holds)\b/.test(detail) ? `It ${detail}.` : `${detail}.`;
}

const NO_MATCHER =
  'Say what to mute: a repo, a server, a label, a file, a cause or a state. A * matches everything.';

import { z } from '@hono/zod-openapi';
import { type FieldError, MAX_FIELD_ERRORS } from '../../domain/errors.ts';
import { MAX_LABELS } from '../../domain/target.ts';
import { faultsIn } from '../problem.ts';
import { namesMeant } from './misspelled-keys.ts';
import { driftedFile, type JsonObject, MAX_FILES, REPORT_KEYS, reportBody } from './report.ts';
import { LABEL_KEY_RULE } from './report-fields.ts';

/** The same rules and messages, compiled: they take half the time. The first report pays for it, not every start. */
const compiled = () => {
  schemas ??= { report: z.compile(reportBody), file: z.compile(driftedFile) };
  return schemas;
};
let schemas: { readonly report: typeof reportBody; readonly file: typeof driftedFile } | undefined;

type Checked =
  | { readonly body: z.infer<typeof reportBody>; readonly posted: JsonObject }
  | { readonly faults: readonly FieldError[] };

/** Checks a JSON value as a report. */
export function checkReport(value: unknown): Checked {
  const parsed = compiled().report.safeParse(withFewFaults(value));
  if (!parsed.success)
    return { faults: faultsIn(parsed.error, 'body').map((one) => withMeantKey(one, value)) };
  if (!isObject(value)) throw new Error('The schema must only accept objects.');
  // The schema does not see a key with this name.
  if (isObject(value.labels) && Object.hasOwn(value.labels, '__proto__')) {
    return { faults: [{ pointer: '/labels/__proto__', detail: `the key ${LABEL_KEY_RULE}` }] };
  }
  return { body: parsed.data, posted: value };
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null;
}

/**
 * A value to be checked as a report, without parts that would only add more faults. A schema notes every fault before
 * it reports any, and a body has room for half a million. A value without such parts is returned as it is.
 */
function withFewFaults(value: unknown): unknown {
  if (!isObject(value)) return value;
  const { files, labels } = value;
  const fewFiles = Array.isArray(files) ? withFewWrong(files) : files;
  const fewLabels = isLarge(labels) ? firstOf(labels) : labels;
  if (fewFiles === files && fewLabels === labels) return value;
  return { ...value, files: fewFiles, labels: fewLabels };
}

/** One entry more than the limit is a fault already, whatever the entries are. */
function withFewWrong(files: readonly unknown[]): readonly unknown[] {
  if (files.length <= MAX_FIELD_ERRORS) return files;
  if (files.length > MAX_FILES) return new Array(MAX_FILES + 1).fill(GOOD_FILE);
  const { file: oneFile } = compiled();
  let wrong = 0;
  const end = files.findIndex((file) => !oneFile.safeParse(file).success && ++wrong === MAX_FIELD_ERRORS);
  return end < 0 ? files : files.slice(0, end + 1);
}

const GOOD_FILE = { name: 'file' };

function isLarge(labels: unknown): labels is object {
  return isObject(labels) && Object.keys(labels).length > MAX_LABELS;
}

function firstOf(labels: object): object {
  return Object.fromEntries(Object.entries(labels).slice(0, MAX_LABELS + 1));
}

/** The most keys of an object that are looked at. */
const MAX_KEYS = 1000;
/** A key is shown up to this length. */
const SHOWN = 64;

const meantInReport = namesMeant(REPORT_KEYS);
const meantInFile = namesMeant(Object.keys(driftedFile.shape));

/** For a missing field, the fault names the key that was probably meant. */
function withMeantKey(fault: FieldError, value: unknown): FieldError {
  const [, index, field = ''] = FIELD.exec(fault.pointer ?? '') ?? [];
  const parent = index === undefined ? value : fileOf(value, Number(index));
  if (field === '' || !isObject(parent) || Object.hasOwn(parent, field)) return fault;
  const meantBy = index === undefined ? meantInReport : meantInFile;
  const sent = Object.keys(parent)
    .slice(0, MAX_KEYS)
    .find((key) => meantBy(key) === field);
  if (sent === undefined) return fault;
  return { ...fault, detail: `is required; ${sent.slice(0, SHOWN)} was sent: did you mean ${field}?` };
}

/** A pointer to a field of a report, or to one of its files. */
const FIELD = /^(?:\/files\/(\d+))?\/([^/]+)$/;

function fileOf(report: unknown, index: number): unknown {
  return isObject(report) && Array.isArray(report.files) ? report.files[index] : undefined;
}

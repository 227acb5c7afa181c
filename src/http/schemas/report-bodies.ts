import { type FieldError, invalidFields, MAX_FIELD_ERRORS } from '../../domain/errors.ts';
import type { PostedReport } from '../../domain/report.ts';
import { readPiece } from '../../ingest/inputs/json/read-json.ts';
import { isArrayText, type Piece, scanElements, scanValue } from '../../ingest/inputs/json/scan.ts';
import { checkReport } from './check-report.ts';
import { MAX_DEPTH, MAX_REPORTS, toReport } from './report.ts';

interface ReportBodies {
  readonly reports: readonly PostedReport[];
  readonly isArray: boolean;
}

interface Reading {
  /** For reports that do not say when the next one is due. */
  readonly staleAfterMs: number;
  /** Awaited between slices of the work, so that other requests do not wait for all of it. */
  readonly turn: () => Promise<unknown>;
}

/** How many characters are worked on between two turns of the event loop. */
const SLICE = 64 * 1024;

/**
 * Reads the text of a body as one report or an array of them, one after the other. Throws `malformed` if it is not
 * JSON, and `invalid` if it holds no reports. It stops after the hundredth fault.
 */
export async function readReports(text: string, { staleAfterMs, turn }: Reading): Promise<ReportBodies> {
  const isArray = isArrayText(text);
  const pieces = isArray ? scanElements(text, MAX_REPORTS) : [scanValue(text)];
  requireCount(pieces.length);
  const reports: PostedReport[] = [];
  const faults: FieldError[] = [];
  let worked = 0;
  for (const [i, piece] of pieces.entries()) {
    worked += piece.end - piece.start;
    const isDue = worked > SLICE;
    if (isDue) worked = 0;
    const steps = readReport(text, piece, staleAfterMs);
    let step = steps.next();
    for (; step.done !== true; step = steps.next()) if (isDue) await turn();
    if ('report' in step.value) reports.push(step.value.report);
    else for (const fault of step.value.faults) faults.push(isArray ? within(i, fault) : fault);
    if (faults.length >= MAX_FIELD_ERRORS) break;
  }
  if (faults.length > 0) throw invalidFields(faults.slice(0, MAX_FIELD_ERRORS));
  return { reports, isArray };
}

type ReadReport = { readonly report: PostedReport } | { readonly faults: readonly FieldError[] };

/** Yields if other work may go first: a single report may be as large as an array. */
function* readReport(text: string, piece: Piece, staleAfterMs: number): Generator<void, ReadReport> {
  const read = yield* readPiece(text, piece, { maxDepth: MAX_DEPTH });
  if ('faults' in read) return read;
  yield;
  const checked = checkReport(read.value);
  if ('faults' in checked) return checked;
  yield;
  return { report: toReport(checked.body, { posted: checked.posted, staleAfterMs }) };
}

function requireCount(count: number): void {
  if (count === 0) throw invalidFields([{ pointer: '', detail: 'must have at least one report' }]);
  if (count > MAX_REPORTS)
    throw invalidFields([{ pointer: '', detail: `must have at most ${MAX_REPORTS} reports` }]);
}

function within(index: number, { pointer = '', detail }: FieldError): FieldError {
  return { pointer: `/${index}${pointer}`, detail };
}

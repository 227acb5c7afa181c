import type { Submission } from '../domain/record/submission.ts';
import type { PostedReport } from '../domain/report.ts';
import { refusalText } from '../http/refusals.ts';
import type { Recording } from '../store/recording.ts';
import { ImportLog } from './import-log.ts';
import type { Omitted } from './older-line.ts';

/** How many reports share a transaction. Few enough that a running server waits only milliseconds for each. */
const BATCH = 500;

/** Blanks and control characters. */
const BLANK = 0x20;

interface Imported {
  readonly recorded: number;
  /** Reports that had been recorded before. */
  readonly duplicates: number;
  readonly log: ImportLog;
}

interface NumberedReport {
  readonly lineNumber: number;
  readonly report: PostedReport;
}

/**
 * Records the reports of an export in batches; each batch is on disk before the next one is read. The log lists the
 * reports that were refused, and the fields of older lines that could not be imported. Throws at the first line without
 * a report, with its number. The batches before that line are recorded. It is safe to import the same lines again,
 * because duplicates are recognised.
 */
export async function importReports(
  lines: AsyncIterable<Buffer>,
  {
    store,
    parse,
  }: {
    store: Pick<Recording, 'record'>;
    parse: (line: Buffer) => { readonly report: PostedReport; readonly omitted: readonly Omitted[] };
  },
): Promise<Imported> {
  const log = new ImportLog();
  const counts = { recorded: 0, duplicates: 0 };
  let [lineNumber, linesDone] = [0, 0];
  let batch: NumberedReport[] = [];
  const record = async () => {
    const recorded = await recordBatch(batch, { store, log });
    counts.recorded += recorded.filter((one) => one === 'new').length;
    counts.duplicates += recorded.filter((one) => one === 'duplicate').length;
    batch = [];
  };
  for await (const line of lines) {
    lineNumber++;
    if (line.every((byte) => byte <= BLANK)) continue;
    try {
      const { report, omitted } = parse(line);
      batch.push({ lineNumber, report });
      for (const one of omitted) log.omit(lineNumber, one);
    } catch (error) {
      throw atLine(error, { lineNumber, linesDone });
    }
    if (batch.length < BATCH) continue;
    await record();
    linesDone = lineNumber;
  }
  await record();
  return { ...counts, log };
}

/** Each report is a submission of its own, so a refusal affects no other report. */
async function recordBatch(
  batch: readonly NumberedReport[],
  { store, log }: { store: Pick<Recording, 'record'>; log: ImportLog },
): Promise<('new' | 'duplicate')[]> {
  const outcomes = await store.record(batch.map(({ report }) => submissionOf(report)));
  return outcomes.flatMap((outcome, i) => {
    if (outcome.kind === 'recorded') return outcome.answers.map(({ recorded }) => recorded);
    const [refusal] = outcome.refusals;
    log.leaveOut(batch[i]?.lineNumber ?? 0, refusal === undefined ? 'it was refused' : refusalText(refusal));
    return [];
  });
}

function submissionOf(report: PostedReport): Submission {
  return { reports: [report], origin: 'import', mayTakeOver: false };
}

function atLine(error: unknown, { lineNumber, linesDone }: { lineNumber: number; linesDone: number }): Error {
  const done = linesDone === 0 ? 'Nothing was recorded' : `The lines up to ${linesDone} are recorded`;
  const reason = error instanceof Error ? error.message : error;
  const message = `Line ${lineNumber}: ${reason}\n${done}: fix the line and import the same again.`;
  return new Error(message, { cause: error });
}

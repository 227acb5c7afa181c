import type { Submission } from '../domain/record/submission.ts';
import type { PostedReport } from '../domain/report.ts';
import { refusalText } from '../http/refusals.ts';
import type { Recording } from '../store/recording.ts';
import { ImportLog } from './import-log.ts';
import type { Omitted } from './older-line.ts';

/** How many reports share a transaction: few enough that a server beside it waits for milliseconds. */
const BATCH = 500;

interface Imported {
  readonly recorded: number;
  /** Were there already. */
  readonly duplicates: number;
  readonly log: ImportLog;
}

interface NumberedReport {
  readonly lineNumber: number;
  readonly report: PostedReport;
}

/**
 * Records the reports that the lines hold, in batches, each on disk before the next is read. A report that is refused is
 * left out, and so is what an older version took and this one does not: the log has both. Throws at the first line that
 * holds no report, with its number: what the batches before it held is recorded, and importing the same lines again
 * goes on from there, because what is known is recognised.
 */
export async function importReports(
  lines: AsyncIterable<string>,
  {
    store,
    parse,
  }: {
    store: Pick<Recording, 'record'>;
    parse: (line: string) => { readonly report: PostedReport; readonly omitted: readonly Omitted[] };
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
    if (line.trim() === '') continue;
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

/** Each is a submission of its own: one that is refused takes no other with it. */
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
  const message = `Line ${lineNumber}: ${reason}\n${done}: mend the line and import the same again.`;
  return new Error(message, { cause: error });
}

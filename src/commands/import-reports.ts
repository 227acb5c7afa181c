import { DomainError } from '../domain/errors.ts';
import type { Report } from '../domain/report.ts';
import type { Store } from '../store/store.ts';

/** How many reports share a transaction: few enough that a server beside it waits for milliseconds. */
const BATCH = 500;

interface Imported {
  readonly recorded: number;
  /** Were there already. */
  readonly known: number;
  /** Refused, because pruning has taken the reports around them. */
  readonly pruned: number;
}

const NONE: Imported = { recorded: 0, known: 0, pruned: 0 };

/**
 * Records the reports that the lines hold, in batches, each on disk before the next is read. Throws at the first line
 * that holds none, with its number: what the batches before it held is recorded, and importing the same lines again
 * goes on from there, because what is known is recognised.
 */
export async function importReports(
  lines: AsyncIterable<string>,
  { store, parse }: { store: Pick<Store, 'record'>; parse: (line: string) => Report },
): Promise<Imported> {
  let imported = NONE;
  let [lineNumber, linesDone] = [0, 0];
  let batch: Report[] = [];
  for await (const line of lines) {
    lineNumber++;
    if (line.trim() === '') continue;
    try {
      batch.push(parse(line));
    } catch (error) {
      throw atLine(error, { lineNumber, linesDone });
    }
    if (batch.length < BATCH) continue;
    imported = add(imported, await record(store, batch));
    linesDone = lineNumber;
    batch = [];
  }
  return add(imported, await record(store, batch));
}

/** A report that pruning left no place for takes no other with it. */
async function record(store: Pick<Store, 'record'>, batch: readonly Report[]): Promise<Imported> {
  try {
    const outcomes = await store.record(batch);
    const recorded = outcomes.filter((outcome) => outcome.recorded === 'new').length;
    return { recorded, known: outcomes.length - recorded, pruned: 0 };
  } catch (error) {
    if (!(error instanceof DomainError && error.code === 'invalid')) throw error;
    if (batch.length === 1) return { ...NONE, pruned: 1 };
    const half = Math.ceil(batch.length / 2);
    const first = await record(store, batch.slice(0, half));
    return add(first, await record(store, batch.slice(half)));
  }
}

function add(a: Imported, b: Imported): Imported {
  return { recorded: a.recorded + b.recorded, known: a.known + b.known, pruned: a.pruned + b.pruned };
}

function atLine(error: unknown, { lineNumber, linesDone }: { lineNumber: number; linesDone: number }): Error {
  const done = linesDone === 0 ? 'Nothing was recorded' : `The lines up to ${linesDone} are recorded`;
  const reason = error instanceof Error ? error.message : error;
  const message = `Line ${lineNumber}: ${reason}\n${done}: mend the line and import the same again.`;
  return new Error(message, { cause: error });
}

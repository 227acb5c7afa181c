import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import type { Submission } from '../domain/record/submission.ts';
import type { Recorder } from '../ingest/recorder.ts';
import type { SimulatedReport } from './fleet.ts';

/** Half of the reports that one POST may have: few enough to show progress in time on a slow machine. */
const BATCH = 500;

/** A stream of reports. `fill` and `keepReporting` share it: one continues where the other stopped. */
export class ReportFeed {
  readonly #reports: Iterator<SimulatedReport>;
  #next: SimulatedReport | undefined;

  constructor(reports: Iterator<SimulatedReport>) {
    this.#reports = reports;
    this.#advance();
  }

  get next(): SimulatedReport | undefined {
    return this.#next;
  }

  /** At most `limit` reports that arrived by an instant. */
  take(limit: number, arrivedBy: number): SimulatedReport[] {
    const taken: SimulatedReport[] = [];
    while (this.#next !== undefined && this.#next.receivedAt <= arrivedBy && taken.length < limit) {
      taken.push(this.#next);
      this.#advance();
    }
    return taken;
  }

  #advance(): void {
    const next = this.#reports.next();
    this.#next = next.done ? undefined : next.value;
  }
}

/** Records all reports up to an instant, in batches; resolves to their number. */
export async function fill(
  recorder: Pick<Recorder, 'submit'>,
  feed: ReportFeed,
  {
    until,
    signal,
    progress,
  }: {
    until: number;
    signal: AbortSignal;
    /** Called after each group. */
    progress: (recorded: { count: number; last: SimulatedReport }) => void;
  },
): Promise<number> {
  let count = 0;
  while (!signal.aborted) {
    const batch = feed.take(BATCH, until);
    const last = batch.at(-1);
    if (last === undefined) break;
    await recorder.submit(together(batch));
    count += batch.length;
    progress({ count: batch.length, last });
    // Signals arrive between two groups.
    await turn();
  }
  return count;
}

/** Records each report at its time, so that the fleet on display does not go stale. */
export async function keepReporting(
  recorder: Pick<Recorder, 'submit'>,
  feed: ReportFeed,
  { clock, signal }: { clock: () => number; signal: AbortSignal },
): Promise<void> {
  while (feed.next !== undefined && !signal.aborted) {
    const waitMs = feed.next.receivedAt - clock();
    if (waitMs > 0) await sleep(waitMs, undefined, { signal }).catch(ignoreAbort);
    const batch = feed.take(BATCH, clock());
    if (batch.length > 0) await recorder.submit(together(batch));
  }
}

function together(reports: readonly SimulatedReport[]): Submission {
  return { reports, origin: 'report', mayTakeOver: false };
}

/** At a shutdown the wait is aborted. */
function ignoreAbort(error: unknown): void {
  if (!(error instanceof Error && error.name === 'AbortError')) throw error;
}

import type { Report } from '../../src/domain/report.ts';
import type { Recorded } from '../../src/store/store.ts';
import { aReport, NOON } from '../fixtures.ts';

/** A store that writes only when told to, and remembers what it was given at once. */
export class SlowStore {
  readonly batches: (readonly Report[])[] = [];
  #finish: (() => void)[] = [];
  refuses: (report: Report) => boolean = () => false;
  isSlow = false;
  failure: Error | undefined;

  async record(reports: readonly Report[]): Promise<readonly Recorded[]> {
    this.batches.push(reports);
    if (this.isSlow) await new Promise<void>((resolve) => this.#finish.push(resolve));
    if (this.failure !== undefined) throw this.failure;
    if (reports.some(this.refuses)) throw new Error('refused');
    return reports.map(({ checkedAt }) => ({
      recorded: 'new',
      change: 'first',
      since: checkedAt,
      staleAt: checkedAt,
      incident: undefined,
    }));
  }

  finish(): void {
    for (const resolve of this.#finish.splice(0)) resolve();
  }
}

export const report = (n: number) => aReport({ checkedAt: NOON + n });
export const settled = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

import type { Range } from '../domain/instant.ts';
import type { Report } from '../domain/report.ts';
import { bytesOf } from '../http/response-bytes.ts';
import type { ReportQuery, Store, TargetFilter } from '../store/store.ts';
import { HandedOver } from './link.ts';

type Headers = readonly (readonly [name: string, value: string])[];

/** A request as it travels to another thread; only such as have no body do. */
export interface Question {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Undefined where there may be none. */
  readonly body: ArrayBuffer | undefined;
  /** For the status line. */
  readonly reason: string | undefined;
  /** Until when it stays the same as long as nothing is recorded, where that is known. */
  readonly sameUntil: number | undefined;
}

const EXPORT_BATCH = 500;

/** What the thread that answers questions does for the others. */
export function readerVerbs(
  app: { fetch: (request: Request, env: object) => Response | Promise<Response> },
  store: Store,
) {
  let exporting: AsyncIterator<Report> | undefined;
  return {
    async ask({ method, url, headers }: Question): Promise<HandedOver<Answer>> {
      let reason: string | undefined;
      let sameUntil: number | undefined;
      const told = {
        onReason(text: string) {
          reason = text;
        },
        onSameUntil(at: number) {
          sameUntil = at;
        },
      };
      const request = new Request(url, { method, headers: Object.fromEntries(headers) });
      const response = await app.fetch(request, told);
      const body = response.body === null ? undefined : await bytesOf(response);
      const answer = { status: response.status, headers: [...response.headers], body, reason, sameUntil };
      return new HandedOver(answer, body === undefined ? [] : [body]);
    },
    statuses: (filter: TargetFilter, at?: number) => store.statuses(filter, at),
    standings: () => store.standings(),
    periods: (filter: TargetFilter, range: Range) => store.periods(filter, range),
    incidents: (filter: TargetFilter, range: Range) => store.incidents(filter, range),
    reports: (filter: TargetFilter, query: ReportQuery) => store.reports(filter, query),
    startExport(filter: TargetFilter): void {
      exporting = store.everyReport(filter)[Symbol.asyncIterator]();
    },
    /** Empty once nothing is left. */
    async exportBatch(): Promise<readonly Report[]> {
      const batch: Report[] = [];
      while (batch.length < EXPORT_BATCH) {
        const next = await exporting?.next();
        if (next?.done !== false) break;
        batch.push(next.value);
      }
      return batch;
    },
    async stopExport(): Promise<void> {
      await exporting?.return?.();
    },
    close: () => store.close(),
  };
}

export type ReaderVerbs = ReturnType<typeof readerVerbs>;

import type { Pack } from './packing.ts';
import { encodeRunUrls } from './run-urls.ts';

/** The contents of a pack as columns: arrays of differences from the first report, as PostgreSQL writes them. */
export interface PackColumns {
  readonly firstAt: number;
  readonly firstReceivedAt: number;
  readonly firstLastCheckAt: number | null;
  readonly firstDurationMs: number | null;
  readonly checked: string;
  readonly received: string;
  readonly lastChecks: string | null;
  readonly durations: string | null;
  readonly runUrls: Buffer | null;
}

/** `lastRunUrl`: of the report before the first of these, in the same pack. */
export function packColumns({ head, reports }: Pack, lastRunUrl?: string): PackColumns {
  const { firstAt, firstReceivedAt, firstLastCheckAt, firstDurationMs, runUrlBytes } = head;
  return {
    firstAt,
    firstReceivedAt,
    firstLastCheckAt: firstLastCheckAt ?? null,
    firstDurationMs: firstDurationMs ?? null,
    checked: arrayOf(reports.map(({ checkedAt }) => checkedAt - firstAt)),
    received: arrayOf(reports.map(({ receivedAt }) => receivedAt - firstReceivedAt)),
    lastChecks:
      firstLastCheckAt === undefined
        ? null
        : arrayOf(reports.map(({ lastCheckAt }) => lastCheckAt - firstLastCheckAt)),
    durations:
      firstDurationMs === undefined
        ? null
        : arrayOf(
            reports.map(({ durationMs }) =>
              durationMs === undefined ? undefined : durationMs - firstDurationMs,
            ),
          ),
    runUrls:
      runUrlBytes === undefined
        ? null
        : encodeRunUrls(
            reports.map(({ runUrl }) => runUrl),
            lastRunUrl,
          ),
  };
}

function arrayOf(values: readonly (number | undefined)[]): string {
  return `{${values.map((value) => value ?? 'NULL').join()}}`;
}

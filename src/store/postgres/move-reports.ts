import type { MovedRow } from '../moving.ts';
import type { PackedReport } from './packing.ts';
import type { Partitions } from './partitions.ts';
import { reportPages } from './report-pages.ts';
import type { CheckRow } from './report-rows.ts';
import { runUrlOf } from './report-source.ts';
import { writeReports } from './report-writes.ts';
import type { Session } from './session.ts';
import { statement } from './statement.ts';
import { writeTail } from './status-writes.ts';

// The reports of a target are no rows here: they are packed. See `report` in `moved-tables.ts` for the order of the values.

/** Packs all reports of a target whose row in `target_status` was written: in one transaction, some at a time. */
export async function writeMovedReports(
  session: Session,
  targetId: number,
  { rows, partitions }: { rows: () => Iterable<readonly MovedRow[]>; partitions: Partitions },
): Promise<void> {
  const tail = await writeReports(session, targetId, { read: () => packed(rows()), partitions });
  if (tail !== undefined) await writeTail(session, targetId, tail);
}

function* packed(batches: Iterable<readonly MovedRow[]>): Generator<PackedReport[], void> {
  for (const batch of batches) yield batch.map(toPacked);
}

function toPacked(row: MovedRow): PackedReport {
  const [, checkedAt, receivedAt, lastCheckAt, findingId, sourceId, durationMs, runUrl] = row;
  return {
    checkedAt: Number(checkedAt),
    receivedAt: Number(receivedAt),
    lastCheckAt: Number(lastCheckAt),
    findingId: Number(findingId),
    sourceId: Number(sourceId),
    durationMs: durationMs === null ? undefined : Number(durationMs),
    runUrl: runUrl === null ? undefined : String(runUrl),
  };
}

const TARGETS = statement<object, { id: number }>('SELECT id FROM target ORDER BY id');

/** All reports, as they were moved. */
export async function* movedReports(session: Session): AsyncGenerator<readonly MovedRow[], void> {
  for (const { id: targetId } of await session.all(TARGETS, {})) {
    for await (const page of reportPages(session, targetId)) yield page.map((row) => fromRow(targetId, row));
  }
}

function fromRow(targetId: number, row: CheckRow): MovedRow {
  const { checkedAt, receivedAt, lastCheckAt, findingId, sourceId, durationMs } = row;
  const runUrl = runUrlOf(row) ?? null;
  return [targetId, checkedAt, receivedAt, lastCheckAt, findingId, sourceId, durationMs, runUrl];
}

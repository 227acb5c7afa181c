import fc from 'fast-check';
import { expect } from 'vitest';
import { toIncidentRow, toTimelineRow } from '../../src/http/schemas/history.ts';
import { toStatusRow } from '../../src/http/schemas/status.ts';
import type { Store } from '../../src/store/store.ts';
import { aSubmission, MINUTE, NOON } from '../fixtures.ts';
import { type Arrival, arrivals, arrivedAt } from './arrivals.ts';

export type Row = Readonly<Record<string, unknown>>;

interface Step {
  readonly minute: number;
  readonly kind: string;
  readonly server: string;
}

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    minute: fc.integer({ min: 0, max: 60 }),
    kind: fc.constantFrom('declare', 'delete', 'purge'),
    server: fc.constantFrom('lab', 'prod', 'expected'),
  }),
  { maxLength: 4 },
);

/** What happens, and the minute of the look. */
export const lives = fc.tuple(arrivals, steps, fc.integer({ min: -10, max: 90 }));

interface Viewed {
  readonly store: Store;
  setNow(now: number): void;
  /** The rows of a view for a client whose clock says now, in the form of the API. */
  rows(view: 'status' | 'timeline' | 'incidents', now: number): Promise<Row[]>;
}

/** Plays all of it, and compares each view with the answer of the API. */
export async function expectViewsToAgree(
  { store, setNow, rows }: Viewed,
  [all, others, minute]: readonly [Arrival[], Step[], number],
): Promise<void> {
  const inTime = [
    ...all.map((arrival) => ({ at: arrivedAt([arrival]), arrival, step: undefined })),
    ...others.map((step) => ({ at: NOON + step.minute * MINUTE, arrival: undefined, step })),
  ].sort((a, b) => a.at - b.at);
  for (const { at, arrival, step } of inTime) {
    setNow(at);
    if (arrival !== undefined) await store.record([aSubmission(arrival.reports)]);
    else await take(store, step);
  }
  const now = NOON + minute * MINUTE;
  setNow(now);
  const sorted = async (view: Parameters<typeof rows>[0], ...keys: string[]) =>
    (await rows(view, now)).sort(byKeys(...keys));
  expect(await sorted('status', 'server')).toEqual(await statusRows(store, now));
  expect(await sorted('timeline', 'server', 'started_at')).toEqual(await timelineRows(store, now));
  expect(await sorted('incidents', 'id')).toEqual(await incidentRows(store, now));
}

async function take(store: Store, { kind, server }: Step): Promise<void> {
  const target = { repo: 'rsyslog', server };
  if (kind === 'declare') await store.declareTargets([target], {});
  else await store.deleteTarget(target, { purge: kind === 'purge' });
}

async function statusRows(store: Store, now: number): Promise<Row[]> {
  const found = (await store.statuses({})).map((one) => toStatusRow(one, { at: now, mute: undefined }));
  return found
    .map(({ incident, next: _, muted: __, ...row }) => ({
      ...row,
      incident_id: incident?.id ?? null,
      incident_opened_at: incident?.opened_at ?? null,
      incident_cause: incident?.cause ?? null,
    }))
    .sort(byKeys('server'));
}

async function timelineRows(store: Store, now: number): Promise<Row[]> {
  const found = await store.segments({}, { from: 0, to: now });
  return found
    .map(({ target, segment }) => toTimelineRow(target, segment))
    .map(({ from, to, ...row }) => ({ ...row, started_at: from, ended_at: to }))
    .sort(byKeys('server', 'started_at'));
}

async function incidentRows(store: Store, now: number): Promise<Row[]> {
  const found = await store.incidents({}, { from: 0, to: Number.MAX_SAFE_INTEGER });
  return found
    .map((one) => toIncidentRow(one, { now, mute: undefined }))
    .map(({ muted: _, acknowledgement: __, ...row }) => row)
    .sort(byKeys('id'));
}

function byKeys(...keys: string[]) {
  const key = (row: Row) => JSON.stringify(keys.map((name) => row[name]));
  return (a: Row, b: Row) => (key(a) < key(b) ? -1 : 1);
}

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareKeys } from '../../src/domain/history-key.ts';
import { packColumns } from '../../src/store/postgres/pack-columns.ts';
import { type Pack, type PackedReport, packReports } from '../../src/store/postgres/packing.ts';
import { writeReports } from '../../src/store/postgres/report-writes.ts';
import { encodeRunUrls, runUrlAt } from '../../src/store/postgres/run-urls.ts';
import type { Session } from '../../src/store/postgres/session.ts';
import type { Arrays } from '../../src/store/postgres/table-columns.ts';
import { DAY, NOON } from '../fixtures.ts';
import { readArray } from './read-array.ts';

const aUrl = fc.option(
  fc.oneof(
    fc.nat(10_000).map((run) => `https://ci.example.org/rsyslog/runs/${run}`),
    fc.string({ unit: 'grapheme', maxLength: 300 }),
  ),
  { nil: undefined },
);

/** A difference that an integer of the database may hold, or may not. */
const aDifference = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: -1000, max: 200_000 }) },
  fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
);

const reports = fc
  .array(
    fc.record({
      after: fc.oneof({ weight: 9, arbitrary: fc.nat(200_000) }, fc.nat(2 * DAY)),
      delay: aDifference,
      ahead: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, aDifference),
      durationMs: fc.option(fc.oneof(fc.nat(10_000), fc.nat(2 ** 40)), { nil: undefined }),
      runUrl: aUrl,
      findingId: fc.constantFrom(1, 1, 1, 2),
      sourceId: fc.constantFrom(1, 1, 1, 2),
    }),
    { maxLength: 200, size: 'max' },
  )
  .map((all) => {
    let checkedAt = NOON;
    return all
      .map(({ after, delay, ahead, ...rest }): PackedReport => {
        checkedAt += after;
        return { ...rest, checkedAt, receivedAt: checkedAt + delay, lastCheckAt: checkedAt + ahead };
      })
      .sort(compareKeys);
  });

/** What PostgreSQL reads from a pack: see `report-source.ts`. */
function unpacked(pack: Pick<Pack, 'head'>, contents: readonly ReturnType<typeof packColumns>[]) {
  const { findingId, sourceId } = pack.head;
  const joined = (of: (columns: (typeof contents)[number]) => string | null) =>
    contents.flatMap((columns) =>
      JSON.parse((of(columns) ?? '{}').replace('{', '[').replace('}', ']').toLowerCase()),
    );
  const [first] = contents;
  if (first === undefined) return [];
  const [checked, received] = [joined((one) => one.checked), joined((one) => one.received)];
  const [lastChecks, durations] = [joined((one) => one.lastChecks), joined((one) => one.durations)];
  const runUrls = first.runUrls && Buffer.concat(contents.map((one) => one.runUrls ?? Buffer.alloc(0)));
  return checked.map((difference: number, place): PackedReport => {
    const checkedAt = first.firstAt + difference;
    const duration = durations[place] ?? null;
    for (const one of [difference, received[place], lastChecks[place] ?? 0, duration ?? 0]) {
      expect(Math.abs(one)).toBeLessThan(2 ** 31);
    }
    return {
      findingId,
      sourceId,
      checkedAt,
      receivedAt: first.firstReceivedAt + received[place],
      lastCheckAt: first.firstLastCheckAt === null ? checkedAt : first.firstLastCheckAt + lastChecks[place],
      durationMs: duration === null ? undefined : (first.firstDurationMs ?? 0) + duration,
      runUrl: runUrls === null ? undefined : runUrlAt(runUrls, place),
    };
  });
}

describe('packed reports', () => {
  test('are read back as they were, in packs that last a day at most', () => {
    fc.assert(
      fc.property(reports, (all) => {
        const { appended, packs } = packReports(all);
        expect(appended).toBeUndefined();
        expect(packs.flatMap((pack) => unpacked(pack, [packColumns(pack)]))).toEqual(all);
        for (const { head, reports: own } of packs) {
          expect(head).toMatchObject({ count: own.length, lastAt: own.at(-1)?.checkedAt });
          expect(head.lastAt - head.firstAt).toBeLessThan(DAY);
        }
      }),
    );
  });

  test('one after the other are the same packs as all at once', () => {
    fc.assert(
      fc.property(reports, fc.array(fc.nat(5)), (all, sizes) => {
        const atOnce = packReports(all).packs.map((pack) => ({ head: pack.head, ...packColumns(pack) }));
        const grown: { head: Pack['head']; contents: ReturnType<typeof packColumns>[] }[] = [];
        for (let start = 0, i = 0; start < all.length; i++) {
          const some = all.slice(start, start + (sizes[i % sizes.length] ?? 0) + 1);
          start += some.length;
          const tail = grown.at(-1);
          const { appended, packs } = packReports(some, tail?.head);
          if (tail !== undefined && appended !== undefined) {
            tail.contents.push(packColumns(appended, tail.head.lastRunUrl));
            tail.head = appended.head;
          }
          grown.push(...packs.map((pack) => ({ head: pack.head, contents: [packColumns(pack)] })));
        }
        expect(grown.map(({ head }) => head)).toEqual(atOnce.map(({ head }) => head));
        expect(grown.flatMap((pack) => unpacked(pack, pack.contents))).toEqual(all);
        expect(
          grown.map(({ contents }) => Buffer.concat(contents.map((one) => one.runUrls ?? Buffer.alloc(0)))),
        ).toEqual(atOnce.map(({ runUrls }) => runUrls ?? Buffer.alloc(0)));
      }),
    );
  });
});

/** The chunks and the tail that reports of a target become. `onRead` gets how many are in memory before more are read. */
async function writtenAs(batches: readonly (readonly PackedReport[])[], onRead: (held: number) => void) {
  const rows: (readonly unknown[])[] = [];
  let held = 0;
  function* read() {
    held = 0;
    for (const batch of batches) {
      onRead(held);
      held += batch.length;
      yield batch;
    }
  }
  const session: Session = {
    async all(_, params) {
      // Of a statement that writes rows, each parameter has the values of a column.
      const columns = Object.entries(params as Arrays).map(
        ([name, text]) => [name, readArray(text)] as const,
      );
      const checked = columns.find(([name]) => name === 'checked')?.[1] ?? [];
      for (const [place, differences] of checked.entries()) {
        rows.push(columns.map(([, values]) => values[place]));
        held -= String(differences).split(',').length;
      }
      return [];
    },
  };
  const partitions = {
    async ensure() {
      held = 0;
    },
  };
  const tail = await writeReports(session, 1, { read, partitions });
  return { rows, tail };
}

test('reports of a target are written some at a time, as the same packs as all at once', async () => {
  await fc.assert(
    fc.asyncProperty(reports, fc.integer({ min: 1, max: 50 }), async (all, size) => {
      const batches = Array.from({ length: Math.ceil(all.length / size) }, (_, place) =>
        all.slice(place * size, (place + 1) * size),
      );
      const atOnce = await writtenAs([all], () => undefined);
      // No more than one pack, to which the next reports may belong.
      const inBatches = await writtenAs(batches, (held) => expect(held).toBeLessThanOrEqual(64));
      expect(inBatches).toEqual(atOnce);
    }),
  );
});

describe('run URLs of a pack', () => {
  test('are each read alone, also appended ones', () => {
    fc.assert(
      fc.property(fc.array(aUrl), fc.array(aUrl), (first, more) => {
        const encoded = Buffer.concat([encodeRunUrls(first), encodeRunUrls(more, first.at(-1))]);
        const all = [...first, ...more];
        expect(all.map((_, place) => runUrlAt(encoded, place))).toEqual(all);
      }),
    );
  });

  test('of one pipeline take a few bytes', () => {
    const urls = Array.from(
      { length: 64 },
      (_, run) => `https://ci.example.org/rsyslog/actions/runs/${94_000 + run}`,
    );
    expect(encodeRunUrls(urls).length / urls.length).toBeLessThan(6);
  });
});

import { groupBy } from '../domain/group-by.ts';
import type { Range } from '../domain/instant.ts';
import type { Selection, TargetHistory } from '../domain/questions/histories.ts';
import { selectedSummaries, selectedTargets } from '../domain/questions/histories.ts';
import type { TargetFilter, TargetIncident } from '../domain/questions/reader.ts';
import { type Segment, segmentsOf } from '../domain/questions/timeline.ts';
import { targetKey } from '../domain/target.ts';
import type { Queries } from '../store/queries.ts';
import type { QueryDeps } from './deps.ts';

/** The history of a target with its segments over the range. */
export interface SegmentedHistory extends Omit<TargetHistory, 'incidents'> {
  readonly segments: readonly Segment[];
}

interface AskedRange {
  readonly range: Range;
  readonly now: number;
  /** Whether the periods after the range are also wanted. */
  readonly toLatest?: boolean;
}

/** What the routes need that use this. */
export interface SharedDeps extends Pick<QueryDeps, 'store' | 'clock'> {
  readonly histories: SharedHistories;
}

/** A range counts as ending now within this time: the panels of one dashboard differ by this much. */
const ABOUT_NOW_MS = 5 * 60_000;

const NO_INCIDENTS: ReadonlyMap<string, readonly TargetIncident[]> = new Map();

/** Longer histories are not remembered: they would hold too much memory between two questions. */
const MAX_REMEMBERED = 100_000;

/**
 * The histories that questions about a range begin with. The panels of a dashboard ask for the same ones at the same
 * time, so the last ones are remembered until anything is recorded.
 */
export class SharedHistories {
  readonly #store: Queries;
  readonly #summaries = new LastAnswer<Awaited<ReturnType<Queries['summaries']>>>();
  readonly #periods = new LastAnswer<readonly SegmentedHistory[]>();
  readonly #incidents = new LastAnswer<ReadonlyMap<string, readonly TargetIncident[]>>();

  constructor(store: Queries) {
    this.#store = store;
  }

  /** The status of each selected target without its files, and its state now. */
  summaries(selection: Selection, now: number): ReturnType<typeof selectedSummaries> {
    const summaries = (filter: TargetFilter) =>
      this.#summaries.get(JSON.stringify([this.#store.version(), filter]), {
        read: () => this.#store.summaries(filter),
        sizeOf: ({ length }) => length,
      });
    return selectedSummaries({ summaries }, selection, now);
  }

  /** The periods of each selected target that overlap the range. If it ends about now, those after it are included. */
  async segmented(
    selection: Selection,
    { range, now, toLatest = range.to > now - ABOUT_NOW_MS }: AskedRange,
  ): Promise<readonly SegmentedHistory[]> {
    const to = toLatest ? Number.MAX_SAFE_INTEGER : range.to;
    const read = async () => {
      const isWanted = await selectedTargets(this.#store, selection, now);
      const found = await this.#store.periods(selection.filter, { ...range, to }, { isWanted });
      return found
        .filter(({ declaredAt, periods }) => (declaredAt ?? periods[0]?.startedAt ?? range.to) < range.to)
        .map((history) => ({ ...history, segments: segmentsOf(history, range) }));
    };
    return this.#periods.get(this.#nameOf(selection, [range, to]), {
      read,
      sizeOf: (found) => found.reduce((sum, { periods }) => sum + periods.length, found.length),
    });
  }

  /** The same with the incidents of each target that overlap the range, or without any if they are not needed. */
  async withIncidents(
    selection: Selection,
    { areNeeded = true, ...asked }: AskedRange & { readonly areNeeded?: boolean },
  ): Promise<readonly (SegmentedHistory & TargetHistory)[]> {
    const histories = await this.segmented(selection, asked);
    const byTarget = areNeeded ? await this.#incidentsOf(selection, asked) : NO_INCIDENTS;
    return histories.map((history) => ({
      ...history,
      incidents: byTarget.get(targetKey(history.target)) ?? [],
    }));
  }

  #incidentsOf(selection: Selection, { range, now }: AskedRange) {
    const read = async () => {
      const isWanted = await selectedTargets(this.#store, selection, now);
      const found = await this.#store.incidents(selection.filter, range, { isWanted });
      return groupBy(found, ({ target }) => targetKey(target));
    };
    return this.#incidents.get(this.#nameOf(selection, [range]), {
      read,
      sizeOf: (found) => [...found.values()].reduce((sum, { length }) => sum + length, found.size),
    });
  }

  /** Undefined if the selection changes by time. */
  #nameOf({ filter, states }: Selection, asked: readonly unknown[]): string | undefined {
    return states === undefined ? JSON.stringify([this.#store.version(), filter, ...asked]) : undefined;
  }
}

class LastAnswer<T> {
  #last: { readonly name: string; readonly answer: T } | undefined;

  async get(
    name: string | undefined,
    { read, sizeOf }: { read: () => Promise<T>; sizeOf: (answer: T) => number },
  ): Promise<T> {
    if (name !== undefined && this.#last?.name === name) return this.#last.answer;
    // Two are never held at the same time.
    this.#last = undefined;
    const answer = await read();
    if (name !== undefined && sizeOf(answer) <= MAX_REMEMBERED) this.#last = { name, answer };
    return answer;
  }
}

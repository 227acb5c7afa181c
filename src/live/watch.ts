import {
  type Change,
  holdsUntil,
  observeReport,
  observeTime,
  type Situation,
  situationOf,
} from '../domain/changes.ts';
import type { Report } from '../domain/report.ts';
import { type Target, targetKey } from '../domain/target.ts';
import type { Recorded, Store } from '../store/store.ts';

/** Where every target stands, kept up to date by what is recorded and by the clock; what changes is told. */
export class Watch {
  readonly #clock: () => number;
  readonly #onChange: (change: Change) => void;
  readonly #ready: Promise<void>;
  readonly #situations = new Map<string, Situation>();
  /** What is to be looked at once the standings are here; some of it is among them already. */
  #early: (() => void)[] | undefined = [];
  /** No state changes by the mere passing of time before. */
  #holdUntil = Number.POSITIVE_INFINITY;
  #lookedAt = 0;

  constructor(
    { store, clock }: { store: Pick<Store, 'standings'>; clock: () => number },
    onChange: (change: Change) => void,
  ) {
    this.#clock = clock;
    this.#onChange = onChange;
    this.#ready = this.#load(store);
  }

  /** Resolves once it knows them all. */
  ready(): Promise<void> {
    return this.#ready;
  }

  recorded(reports: readonly Report[], outcomes: readonly Recorded[]): void {
    if (this.#early === undefined) this.#observe(reports, outcomes);
    else this.#early.push(() => this.#observe(reports, outcomes));
  }

  forgotten(target: Target): void {
    const forget = () => this.#situations.delete(targetKey(target));
    if (this.#early === undefined) forget();
    else this.#early.push(forget);
  }

  /** Costs next to nothing, but where a target may have fallen silent since, or the clock was turned back. */
  noticeTime(): void {
    const now = this.#clock();
    const isBack = now < this.#lookedAt;
    this.#lookedAt = now;
    if (now < this.#holdUntil && !isBack) return;
    this.#holdUntil = Number.POSITIVE_INFINITY;
    for (const [key, before] of this.#situations) {
      const { situation, changes } = observeTime(before, now);
      this.#keep(key, situation, now);
      for (const change of changes) this.#onChange(change);
    }
  }

  async #load(store: Pick<Store, 'standings'>): Promise<void> {
    const standings = await store.standings();
    const now = this.#clock();
    this.#lookedAt = now;
    for (const standing of standings) {
      this.#keep(targetKey(standing.target), situationOf(standing, now), now);
    }
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const observe of early) observe();
  }

  #observe(reports: readonly Report[], outcomes: readonly Recorded[]): void {
    const now = this.#clock();
    for (const [i, report] of reports.entries()) {
      const outcome = outcomes[i];
      if (outcome === undefined) continue;
      const key = targetKey(report.target);
      const { situation, changes } = observeReport(this.#situations.get(key), { report, outcome }, now);
      this.#keep(key, situation, now);
      for (const change of changes) this.#onChange(change);
    }
  }

  #keep(key: string, situation: Situation | undefined, now: number): void {
    if (situation === undefined) return;
    this.#situations.set(key, situation);
    this.#holdUntil = Math.min(this.#holdUntil, holdsUntil(situation, now));
  }
}

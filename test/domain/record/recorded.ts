import type { Recorded, Submission } from '../../../src/domain/record/submission.ts';
import type { PostedReport } from '../../../src/domain/report.ts';
import { aReport, aSubmission, NOON } from '../../fixtures.ts';
import { MemoryRows } from './memory-rows.ts';

export const TARGET = { repo: 'rsyslog', server: 'rsyslog-lab' };

/** One target with reports that are recorded one by one, each at its own last_check by default. */
export class OneTarget {
  readonly rows = new MemoryRows();

  /** Records one report that must be accepted. */
  record(traits: Parameters<typeof aReport>[0] = {}, { now }: { now?: number } = {}): Recorded {
    const report = aReport(traits);
    const outcome = this.submit([report], { now: now ?? report.lastCheckAt ?? NOON });
    if (outcome.kind !== 'recorded') throw new Error(`It was refused: ${JSON.stringify(outcome)}`);
    const [answer] = outcome.answers;
    if (answer === undefined) throw new Error('It was not answered.');
    return answer;
  }

  submit(reports: readonly PostedReport[], { now, ...traits }: { now: number } & Partial<Submission>) {
    const [outcome] = this.rows.record([aSubmission(reports, traits)], now);
    if (outcome === undefined) throw new Error('It was not answered.');
    return outcome;
  }

  get status() {
    return this.rows.status(TARGET);
  }

  /** The events as one line each. */
  told(): string[] {
    return this.rows.events.map(({ kind, previousState, state, incident, origin, effectiveAt }) => {
      const states =
        kind === 'state_changed' ? ` ${previousState}>${state}` : kind === 'target_added' ? ` ${state}` : '';
      const about = kind.startsWith('incident') ? ` #${incident?.id}` : '';
      return `${(effectiveAt - NOON) / 60_000} ${kind}${states}${about}${origin === 'report' ? '' : ` (${origin})`}`;
    });
  }
}

export const drift = { syncStatus: 'OUT_OF_SYNC' as const, files: ['a'] };

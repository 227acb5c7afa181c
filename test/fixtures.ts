import { type FindingContent, findingOf } from '../src/domain/finding.ts';
import type { Recorded, Submission } from '../src/domain/record/submission.ts';
import { BARE_REPORT, type PostedReport } from '../src/domain/report.ts';
import type { Recording } from '../src/store/recording.ts';

/** A whole name. Its first seven digits mean the same commit. */
export const OLD_COMMIT = '1d0f00d1d0f00d1d0f00d1d0f00d1d0f00d1d0f0';

/** A Tuesday in the past, at noon: the present time of the fixtures by default. */
export const NOON = Date.parse('2026-04-21T12:00:00.000Z');
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

interface ReportTraits extends Partial<Omit<PostedReport, 'target' | 'finding'>> {
  readonly repo?: string;
  readonly server?: string;
  readonly syncStatus?: FindingContent['syncStatus'];
  readonly driftCount?: number;
  /** The names of the files that differ. */
  readonly files?: readonly string[];
}

/** A report with only what a test states: SYNCED, about one target, valid for ten minutes. */
export function aReport(traits: ReportTraits = {}): PostedReport {
  const {
    repo = 'rsyslog',
    server = 'rsyslog-lab',
    syncStatus = 'SYNCED',
    driftCount,
    files,
    ...rest
  } = traits;
  return {
    ...BARE_REPORT,
    target: { repo, server },
    lastCheckAt: traits.checkedAt ?? NOON,
    finding: findingOf({ syncStatus, driftCount, files: files?.map((name) => ({ name })) }),
    staleAfterMs: 10 * MINUTE,
    ...rest,
  };
}

/** Reports that are to be recorded together. */
export function aSubmission(
  reports: readonly PostedReport[],
  traits: Partial<Omit<Submission, 'reports'>> = {},
): Submission {
  return { reports, origin: 'report', mayTakeOver: false, ...traits };
}

/** Records reports together, all of which must be accepted; returns their results. */
export async function recordAll(
  store: Pick<Recording, 'record'>,
  reports: readonly PostedReport[],
  traits: Partial<Omit<Submission, 'reports'>> = {},
): Promise<readonly Recorded[]> {
  const [outcome] = await store.record([aSubmission(reports, traits)]);
  if (outcome?.kind !== 'recorded') throw new Error(`It was refused: ${JSON.stringify(outcome)}`);
  return outcome.answers;
}

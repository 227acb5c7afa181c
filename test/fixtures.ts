import { type FindingContent, findingOf } from '../src/domain/finding.ts';
import type { Report } from '../src/domain/report.ts';

/** A Tuesday in the past, at noon: the fixtures' "now" unless a test says otherwise. */
export const NOON = Date.parse('2026-04-21T12:00:00.000Z');
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

interface ReportTraits extends Partial<Omit<Report, 'target' | 'finding'>> {
  readonly repo?: string;
  readonly server?: string;
  readonly syncStatus?: FindingContent['syncStatus'];
  readonly driftCount?: number;
  /** The names of the files that differ. */
  readonly files?: readonly string[];
}

/** A report in which only what a test states matters: SYNCED, about one target, good for ten minutes. */
export function aReport(traits: ReportTraits = {}): Report {
  const {
    repo = 'rsyslog',
    server = 'rsyslog-lab',
    syncStatus = 'SYNCED',
    driftCount,
    files,
    ...rest
  } = traits;
  const checkedAt = traits.checkedAt ?? NOON;
  return {
    target: { repo, server },
    checkedAt,
    receivedAt: checkedAt + 1500,
    finding: findingOf({ syncStatus, driftCount, files: files?.map((name) => ({ name })) }),
    staleAfterMs: 10 * MINUTE,
    expectedIntervalS: undefined,
    commit: undefined,
    branch: undefined,
    tool: undefined,
    error: undefined,
    errorKind: undefined,
    runUrl: undefined,
    durationMs: undefined,
    extra: {},
    ...rest,
  };
}

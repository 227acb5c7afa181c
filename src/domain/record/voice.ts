import type { Target } from '../target.ts';
import type { Voice } from './facts.ts';
import type { RefusalReason } from './submission.ts';

/** The check that spoke last, and when its report expires. */
export interface LastVoice extends Voice {
  readonly staleAt: number;
}

interface Speaking extends Voice {
  readonly takesOver: boolean;
  readonly mayTakeOver: boolean;
}

/**
 * Why a report may not follow the one before it; undefined if it may. One check speaks for a target. Two checks in
 * turns would overwrite each other, and the SYNCED of one would hide the drift of the other.
 */
export function voiceRefusal(
  target: Target,
  before: LastVoice,
  { report, now }: { report: Speaking; now: number },
): RefusalReason | undefined {
  if (mayFollow(before, report)) return undefined;
  const speaker = voiceOf(before);
  if (!report.takesOver) return { kind: 'other_check', target, report: voiceOf(report), speaker };
  if (report.mayTakeOver || before.staleAt <= now) return undefined;
  return { kind: 'early_take_over', target, speaker, staleAt: before.staleAt };
}

/** A named report may follow an unnamed one, and a posted report may follow a push: pipelines are improved that way. */
function mayFollow(before: Voice, report: Voice): boolean {
  if (report.pushed) return before.pushed ? report.check === before.check : before.check === undefined;
  return before.pushed || before.check === undefined || report.check === before.check;
}

function voiceOf({ check, pushed }: Voice): Voice {
  return { check, pushed };
}

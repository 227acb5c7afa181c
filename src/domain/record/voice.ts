import type { Target } from '../target.ts';
import type { Voice } from './facts.ts';
import type { RefusalReason } from './submission.ts';

/** Who spoke last, and until when. */
export interface LastVoice extends Voice {
  readonly staleAt: number;
}

interface Speaking extends Voice {
  readonly takesOver: boolean;
  readonly mayTakeOver: boolean;
}

/**
 * One voice per target: two checks that report about it in turns would each undo what the other said, so a SYNCED of
 * the one would hide a drift of the other. Why a report may not follow the one before it; undefined where it may.
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

/** A named report may follow an unnamed one, and a posted one a push: that is how a pipeline is improved. */
function mayFollow(before: Voice, report: Voice): boolean {
  if (report.pushed) return before.pushed ? report.check === before.check : before.check === undefined;
  return before.pushed || before.check === undefined || report.check === before.check;
}

function voiceOf({ check, pushed }: Voice): Voice {
  return { check, pushed };
}

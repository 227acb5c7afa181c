import { formatInstant } from '../instant.ts';
import type { Target } from '../target.ts';
import type { Voice } from './facts.ts';

/** Who spoke last, and until when. */
export interface LastVoice extends Voice {
  readonly staleAt: number;
}

interface Speaking extends Voice {
  readonly takesOver: boolean;
  readonly mayTakeOver: boolean;
}

type VoiceRefusal =
  | { readonly code: 'conflict'; readonly field: 'check'; readonly detail: string }
  | { readonly code: 'forbidden'; readonly field: 'takes_over'; readonly detail: string };

/**
 * One voice per target: two checks that report about it in turns would each undo what the other said, so a SYNCED of
 * the one would hide a drift of the other. Why a report may not follow the one before it; undefined where it may.
 */
export function voiceRefusal(
  target: Target,
  before: LastVoice,
  { report, now }: { report: Speaking; now: number },
): VoiceRefusal | undefined {
  if (mayFollow(before, report)) return undefined;
  if (report.takesOver) {
    if (report.mayTakeOver || before.staleAt <= now) return undefined;
    return {
      code: 'forbidden',
      field: 'takes_over',
      detail:
        `${nameOf(before)} speaks for ${targetText(target)} until ${formatInstant(before.staleAt)}: ` +
        'to take over before that, use a token with the scope admin.',
    };
  }
  return {
    code: 'conflict',
    field: 'check',
    detail:
      `${nameOf(report)} cannot speak for ${targetText(target)}: ${nameOf(before)} does. ` +
      `Give each check a repo name of its own, or ${wayToReplace(report)}.`,
  };
}

/** A named report may follow an unnamed one, and a posted one a push: that is how a pipeline is improved. */
function mayFollow(before: Voice, report: Voice): boolean {
  if (report.pushed) return before.pushed ? report.check === before.check : before.check === undefined;
  return before.pushed || before.check === undefined || report.check === before.check;
}

/** A push has no room for a word of its own. */
function wayToReplace({ pushed }: Voice): string {
  return pushed
    ? 'delete the target first (DELETE /api/v1/targets) to push about it from now on'
    : 'send takes_over: true once to replace the other one';
}

function nameOf({ check, pushed }: Voice): string {
  if (pushed) return check === undefined ? 'a push without a further grouping key' : `the push ${check}`;
  return check === undefined ? 'a report without a check' : `the check "${check}"`;
}

function targetText({ repo, server }: Target): string {
  return `${repo} on ${server}`;
}

import type { Acknowledgement } from '../domain/acknowledgement.ts';
import type { Problem } from '../domain/notify/message.ts';
import { handlingOf } from '../domain/questions/muting.ts';
import type { HistoryReader } from '../domain/questions/reader.ts';
import type { Target } from '../domain/target.ts';

/** The mutes and acknowledgements of problems at the moment. */
export interface Handling {
  /** Whether the problem is muted. */
  isMuted(problem: Problem): boolean;
  /** Who works on it. */
  acknowledgedBy(problem: Problem): string | undefined;
}

/** Reads the mutes and acknowledgements of these targets. */
export async function readHandling(
  reader: Pick<HistoryReader, 'mutesAt' | 'incidents' | 'summaries'>,
  targets: readonly Target[],
  now: number,
): Promise<Handling> {
  const { muteOf, acknowledgementOf } = await handlingOf(reader, targets, now);
  return {
    isMuted: (problem) => muteOf(problem) !== undefined,
    acknowledgedBy: (problem) =>
      problem.condition === 'drift' ? nameOf(acknowledgementOf(problem)) : undefined,
  };
}

/** On an open server a person may have no name. */
function nameOf(acknowledgement: Acknowledgement | undefined): string | undefined {
  return acknowledgement && (acknowledgement.by.name ?? 'somebody');
}

import type { Outcome } from '../domain/record/submission.ts';
import type { Target } from '../domain/target.ts';
import type { MuteRecording } from '../store/mutes.ts';
import type { Recording } from '../store/recording.ts';
import type { EventTail } from './tail.ts';

type WritingEvents = Pick<
  Recording,
  'record' | 'declareTargets' | 'renameTarget' | 'deleteTarget' | 'recordTimeChanges'
> &
  MuteRecording;

/** A store that wakes the tail after each commit that may have written events. */
export function wakingStore<S extends WritingEvents>(store: S, { wake }: Pick<EventTail, 'wake'>): S {
  /** A wake that finds nothing is cheap. */
  const woken =
    <A extends unknown[], R>(write: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      const result = await write(...args);
      wake();
      return result;
    };
  return {
    ...store,
    addMute: woken(store.addMute),
    changeMute: woken(store.changeMute),
    endMute: woken(store.endMute),
    acknowledge: woken(store.acknowledge),
    endAcknowledgement: woken(store.endAcknowledgement),
    async endMutesThatAreOver() {
      const ended = await store.endMutesThatAreOver();
      if (ended > 0) wake();
      return ended;
    },
    async record(submissions) {
      const outcomes = await store.record(submissions);
      const touched = touchedBy(outcomes);
      if (touched.length > 0) wake(touched);
      return outcomes;
    },
    async declareTargets(targets, by) {
      const declared = await store.declareTargets(targets, by);
      if (declared.some(({ kind }) => kind === 'declared')) wake();
      return declared;
    },
    async renameTarget(names, by) {
      const renaming = await store.renameTarget(names, by);
      if (renaming.kind === 'renamed') wake();
      return renaming;
    },
    async deleteTarget(target, options) {
      const isDeleted = await store.deleteTarget(target, options);
      if (isDeleted) wake();
      return isDeleted;
    },
    async recordTimeChanges(limit) {
      const written = await store.recordTimeChanges(limit);
      if (written > 0) wake();
      return written;
    },
  };
}

/** The targets with a new report. It is a loop because it runs in every commit. */
function touchedBy(outcomes: readonly Outcome[]): readonly Target[] {
  const touched: Target[] = [];
  for (const outcome of outcomes) {
    if (outcome.kind !== 'recorded') continue;
    for (const { recorded, target } of outcome.answers) if (recorded === 'new') touched.push(target);
  }
  return touched;
}

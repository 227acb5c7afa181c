import type { Recording } from '../store/recording.ts';
import type { EventTail } from './tail.ts';

type WritingEvents = Pick<
  Recording,
  'record' | 'declareTargets' | 'renameTarget' | 'deleteTarget' | 'recordTimeChanges'
>;

/** The same store, which wakes the tail after each commit that may have written events. */
export function wakingStore<S extends WritingEvents>(store: S, { wake }: Pick<EventTail, 'wake'>): S {
  return {
    ...store,
    async record(submissions) {
      const outcomes = await store.record(submissions);
      const isNew = outcomes.some(
        (outcome) =>
          outcome.kind === 'recorded' && outcome.answers.some(({ recorded }) => recorded === 'new'),
      );
      if (isNew) wake();
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

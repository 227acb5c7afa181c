import { setImmediate } from 'node:timers/promises';
import type { MuteRecording } from '../store/mutes.ts';
import type { Recording } from '../store/recording.ts';
import type { Job } from './schedule.ts';

/** Reports from a time when the server was down arrive first. */
const FIRST_AFTER_MS = 60_000;
const EVERY_MS = 5000;
/** The most targets of one transaction, so that other writers wait only briefly. */
const BATCH = 500;

interface TimeDeps {
  readonly store: Pick<Recording, 'recordTimeChanges'> & Pick<MuteRecording, 'endMutesThatAreOver'>;
}

/** Writes changes that only time brings: mainly targets that became stale, and mutes that are over. */
export function timeJob({ store }: TimeDeps): Job {
  return {
    name: 'time',
    firstAfterMs: FIRST_AFTER_MS,
    everyMs: EVERY_MS,
    async run(signal) {
      while (!signal.aborted && (await store.recordTimeChanges(BATCH)) > 0) await setImmediate();
      await store.endMutesThatAreOver();
    },
  };
}

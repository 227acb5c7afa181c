import type { Recorder } from '../ingest/recorder.ts';
import type { Store } from '../store/store.ts';
import type { Live } from './live.ts';

/** The same recorder; what it acknowledges is heard by whoever listens. */
export function announcingRecorder(recorder: Recorder, live: Pick<Live, 'recorded'>): Recorder {
  return {
    ...recorder,
    async submit(reports) {
      const recorded = await recorder.submit(reports);
      live.recorded(reports, recorded);
      return recorded;
    },
  };
}

/** The same store; what it forgets is heard by whoever listens. */
export function announcingStore<S extends Store>(store: S, live: Pick<Live, 'forgotten'>): S {
  return {
    ...store,
    async forget(target) {
      const isForgotten = await store.forget(target);
      if (isForgotten) live.forgotten(target);
      return isForgotten;
    },
  };
}

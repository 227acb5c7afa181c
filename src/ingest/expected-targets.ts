import { setImmediate } from 'node:timers/promises';
import type { Target } from '../domain/target.ts';
import type { Recording } from '../store/recording.ts';

/** The most targets of one transaction, so that other writers wait only briefly. */
const BATCH = 500;

interface ExpectedLog {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Declares the targets that a file lists. Those that exist already stay unchanged. */
export async function declareExpected(
  targets: readonly Target[],
  { store, log }: { store: Pick<Recording, 'declareTargets'>; log: ExpectedLog },
): Promise<void> {
  let added = 0;
  for (let start = 0; start < targets.length; start += BATCH) {
    const batch = targets.slice(start, start + BATCH);
    const declared = await store.declareTargets(batch, {});
    for (const [i, one] of declared.entries()) {
      const target = batch[i];
      if (one.kind === 'declared') added++;
      if (one.kind === 'renamed') {
        log.error({ target, now: one.target }, 'an expected target was renamed, so it was not declared');
      } else if (one.kind === 'declared' && one.similar.length > 0) {
        log.info(
          { target, similar: one.similar },
          'the name of an expected target is almost the same as that of another target',
        );
      }
    }
    await setImmediate();
  }
  log.info({ targets: targets.length, added }, 'expected targets declared');
}

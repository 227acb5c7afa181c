import type { Standing } from '../domain/standing.ts';
import type { StandingChanges } from './writer-verbs.ts';

/** All standings, as the writer tells from time to time which have changed: each change once, so one question at a time. */
export function toldStandings(
  askChanges: () => Promise<StandingChanges>,
): () => Promise<readonly Standing[]> {
  let known: readonly Standing[] = [];
  let last: Promise<unknown> = Promise.resolve();
  let next: Promise<readonly Standing[]> | undefined;

  const ask = async () => {
    next = undefined;
    const { count, changed } = await askChanges();
    const standings = known.slice(0, count);
    for (const [i, standing] of changed) standings[i] = standing;
    known = standings;
    return known;
  };

  // An answer on its way may be from before what the one who asks now was told: those share the one after it.
  return () => {
    next ??= last.then(ask, ask);
    last = next;
    return next;
  };
}

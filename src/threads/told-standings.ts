import type { Standing } from '../domain/standing.ts';
import { oneAtATime } from '../store/one-at-a-time.ts';
import type { StandingChanges } from './writer-verbs.ts';

/** All standings, as the writer tells from time to time which have changed: each change once, so one question at a time. */
export function toldStandings(
  askChanges: () => Promise<StandingChanges>,
): () => Promise<readonly Standing[]> {
  let known: readonly Standing[] = [];
  return oneAtATime(async () => {
    const { count, changed } = await askChanges();
    const standings = known.slice(0, count);
    for (const [i, standing] of changed) standings[i] = standing;
    known = standings;
    return known;
  });
}

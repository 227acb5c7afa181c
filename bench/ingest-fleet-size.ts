import { join } from 'node:path';
import { type Fleet, startFleet } from './fleet.ts';
import type { Finding, Measure } from './measure.ts';
import { anyOrder, inventoryOrder } from './posts.ts';
import { CONNECTIONS, race } from './race.ts';
import { toRate } from './units.ts';

/** Every target has the same history in both fleets, so that they differ only in size. */
const DEPTH = 5;

const ORDERS = [
  ['hosts in inventory order', inventoryOrder],
  ['hosts in any order', anyOrder],
] as const;

/** Does a POST take longer in a large fleet than in a small one? */
export const ingestFleetSize: Measure = async ({ folder, quick, note }) => {
  const [few, many] = [100, quick ? 10_000 : 100_000];
  const count = quick ? 200 : 1500;
  const small = await startFleet(join(folder, 'few.db'), { targets: few, depth: DEPTH });
  const large = await startFleet(join(folder, 'many.db'), { targets: many, depth: DEPTH });
  note(`${few} and ${many} targets have reported ${DEPTH} times`);
  const findings: Finding[] = [];
  for (const [name, order] of ORDERS) {
    const racer = ({ child, posts }: Fleet) => ({ child, requests: () => posts.singles(count, order) });
    const { a, b } = await race(racer(small), racer(large));
    findings.push({
      what: `POST/s over ${CONNECTIONS} connections, ${name}: ${few} targets, or ${many}`,
      before: toRate(count, a.ms),
      after: toRate(count, b.ms),
      result: a.ms / b.ms,
      goal: { min: 0.75 },
    });
  }
  for (const { child } of [small, large]) await child.stop();
  return findings;
};

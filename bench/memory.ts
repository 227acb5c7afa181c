import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Child, canObserve, residentBytes } from './child.ts';
import { startFleet } from './fleet.ts';
import { sendAll } from './load.ts';
import type { Finding, Measure } from './measure.ts';
import { toMiB } from './units.ts';

/** How often every target has reported, in both fleets. */
const DEPTH = 3;
/** Both servers are left alone for so long before they are looked at, so that they give garbage back. */
const IDLE_MS = 10_000;
const MAX_BYTES_PER_TARGET = 1.5 * 1000;

/** How much memory does each target take? */
export const memory: Measure = async ({ folder, quick, note }) => {
  if (!canObserve()) {
    note('skipped: there is no /proc here to tell how much memory a process has');
    return [];
  }
  const [few, many] = [100, quick ? 20_000 : 100_000];
  // The one that takes long comes first: once the other one is done, both are idle.
  const large = await startFleet(join(folder, 'many.db'), { targets: many, depth: DEPTH });
  const small = await startFleet(join(folder, 'few.db'), { targets: few, depth: DEPTH });
  const measured = async (what: string): Promise<Finding> => {
    await sleep(IDLE_MS);
    const [a, b] = [residentBytes(small.child.pid), residentBytes(large.child.pid)];
    return {
      what: `bytes of resident memory per target, ${few} or ${many} of them: ${what}`,
      before: toMiB(a),
      after: toMiB(b),
      result: (b - a) / (many - few),
    };
  };
  const findings: Finding[] = [await measured(`${DEPTH} reports each`)];
  // Part of that is due to the number of reports. The goal is about the targets alone.
  await sendAll(small.child, small.posts.arrays((DEPTH * (many - few)) / few));
  findings.push({ ...(await measured('as many reports in all')), goal: { max: MAX_BYTES_PER_TARGET } });
  for (const path of ['/metrics', '/status.json']) {
    for (const { child } of [small, large]) await get(child, path);
    findings.push(await measured(`then after GET ${path}`));
  }
  await Promise.all([small.child.stop(), large.child.stop()]);
  return findings;
};

async function get({ port }: Child, path: string): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  await response.arrayBuffer();
}

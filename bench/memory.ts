import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Child, canObserve, residentBytes } from './child.ts';
import { startFleet } from './fleet.ts';
import { sendAll } from './load.ts';
import type { Finding, Measure } from './measure.ts';

/** How often every target has reported, in both fleets. */
const DEPTH = 3;
/** How long both servers are left alone before they are looked at: until what was garbage is given back. */
const IDLE_MS = 10_000;
const MAX_BYTES_PER_TARGET = 1.5 * 1000;

/** What does the server keep in memory about each target? */
export const memory: Measure = async ({ folder, quick, note }) => {
  if (!canObserve()) {
    note('skipped: there is no /proc here to tell how much memory a process has');
    return [];
  }
  const [few, many] = [100, quick ? 20_000 : 100_000];
  // The one that takes long first: from the end of the other one on, both are idle.
  const large = await startFleet(join(folder, 'many.db'), { targets: many, depth: DEPTH });
  const small = await startFleet(join(folder, 'few.db'), { targets: few, depth: DEPTH });
  const resident = async (what: string): Promise<Finding> => {
    await sleep(IDLE_MS);
    const [a, b] = [residentBytes(small.child.pid), residentBytes(large.child.pid)];
    return {
      what: `bytes of resident memory per target, ${few} or ${many} of them: ${what}`,
      before: toMB(a),
      after: toMB(b),
      result: (b - a) / (many - few),
    };
  };
  const findings: Finding[] = [await resident(`${DEPTH} reports each`)];
  // That is in part what having been busy takes, whoever the reports are about: the goal is about the targets alone.
  await sendAll(small.child, small.posts.arrays((DEPTH * (many - few)) / few));
  findings.push({ ...(await resident('as many reports in all')), goal: { max: MAX_BYTES_PER_TARGET } });
  for (const path of ['/metrics', '/status.json']) {
    for (const { child } of [small, large]) await get(child, path);
    findings.push(await resident(`then after GET ${path}`));
  }
  await Promise.all([small.child.stop(), large.child.stop()]);
  return findings;
};

async function get({ port }: Child, path: string): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  await response.arrayBuffer();
}

function toMB(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

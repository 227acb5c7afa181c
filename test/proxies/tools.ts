import { spawnSync } from 'node:child_process';

/** Of Debian's packages of the same names. */
type Tool = 'nginx' | 'haproxy';

/** True if it is missing; it says so, so that nobody takes a skipped test for a passed one. */
export function missing(tool: Tool): boolean {
  const isMissing = spawnSync(tool, ['-v']).status !== 0;
  if (isMissing) console.warn(`skipped: not installed here: ${tool}`);
  return isMissing;
}

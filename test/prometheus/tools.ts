import { spawnSync } from 'node:child_process';

/** The tools of these tests: Debian's `prometheus` has the first two, packages of their names the others. */
type Tool = 'prometheus' | 'promtool' | 'prometheus-pushgateway' | 'python3-prometheus-client' | 'curl';

/** Debian's own Python: its packages are installed for no other that may come first in the path. */
export const PYTHON = '/usr/bin/python3';

const PROBES: Readonly<Record<Tool, readonly [string, ...string[]]>> = {
  prometheus: ['prometheus', '--version'],
  promtool: ['promtool', '--version'],
  'prometheus-pushgateway': ['prometheus-pushgateway', '--version'],
  'python3-prometheus-client': [PYTHON, '-c', 'import prometheus_client'],
  curl: ['curl', '--version'],
};

/** True if one of the tools is missing; it says so, so that nobody takes a skipped test for a passed one. */
export function missing(...tools: readonly Tool[]): boolean {
  const absent = tools.filter((tool) => {
    const [command, ...args] = PROBES[tool];
    return spawnSync(command, args).status !== 0;
  });
  if (absent.length > 0) console.warn(`skipped: not installed here: ${absent.join(', ')}`);
  return absent.length > 0;
}

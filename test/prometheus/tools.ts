import { spawnSync } from 'node:child_process';

/** What these tests run on: Debian's `prometheus` has the first two, packages of their names the others. */
type Tool = 'prometheus' | 'promtool' | 'prometheus-pushgateway' | 'python3-prometheus-client' | 'curl';

/** Debian's own: its packages are installed for no other Python that may come first in the path. */
export const PYTHON = '/usr/bin/python3';

const PROBES: Readonly<Record<Tool, readonly [string, ...string[]]>> = {
  prometheus: ['prometheus', '--version'],
  promtool: ['promtool', '--version'],
  'prometheus-pushgateway': ['prometheus-pushgateway', '--version'],
  'python3-prometheus-client': [PYTHON, '-c', 'import prometheus_client'],
  curl: ['curl', '--version'],
};

/** True where one of the tools is missing; says so, so that nobody takes a skipped test for a passed one. */
export function missing(...tools: readonly Tool[]): boolean {
  const absent = tools.filter((tool) => {
    const [command, ...args] = PROBES[tool];
    return spawnSync(command, args).status !== 0;
  });
  if (absent.length > 0) console.warn(`skipped: not installed here: ${absent.join(', ')}`);
  return absent.length > 0;
}

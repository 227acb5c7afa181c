import type { Scratch } from './scratch.ts';

type Observed = {
  readonly items?: readonly object[];
  readonly failures?: number;
  readonly error?: string;
  readonly in_recap?: boolean;
  readonly verified?: number;
};

export const CLEAN: Observed = {};
export const DRIFTED: Observed = {
  items: [{ path: '/etc/rsyslog.conf', change: 'content', task: 'rsyslog.conf', module: 'copy' }],
};
export const FAILED: Observed = { failures: 1, error: 'a task: failed' };

/** What the plugin writes after a complete check in check mode; `overrides` for the file as a whole. */
export function observations(hosts: Readonly<Record<string, Observed>>, overrides: object = {}): string {
  const nothing = { in_recap: true, failures: 0, unreachable: false, ignored: 0, rescued: 0, verified: 3 };
  const rest = { skipped_in_check_mode: 0, error: null, unfinished: null, items: [] };
  const entries = Object.entries(hosts).map(
    ([name, host]) => [name, { ...nothing, ...rest, ...host }] as const,
  );
  return JSON.stringify({
    format: 1,
    complete: true,
    broken: null,
    check_mode: true,
    tool: 'ansible-core 2.14.18',
    not_in_inventory: [],
    hosts: Object.fromEntries(entries),
    ...overrides,
  });
}

/** Puts an ansible-playbook in front of the real one that has just observed this. For tests of what comes after. */
export function cannedCheck(scratch: Scratch, observed: string, exitCode = 0): void {
  const path = scratch.write('observed.json', observed);
  scratch.stub('ansible-playbook', `cp '${path}' "$GITOPS_STATUS_FILE"; exit ${exitCode}`);
  scratch.stub('ansible', 'exit 1');
}

/** Puts a sleep in front of the real one that only notes for how long it was asked to. */
export function cannedSleep(scratch: Scratch): string {
  scratch.stub('sleep', `printf '%s\\n' "$1" >>'${scratch.root}/slept'`);
  return `${scratch.root}/slept`;
}

import type { Scratch } from './scratch.ts';

type Observed = {
  readonly items?: readonly object[];
  readonly failures?: number;
  readonly error?: string;
};

export const CLEAN: Observed = {};
export const DRIFTED: Observed = {
  items: [{ path: '/etc/rsyslog.conf', change: 'content', changed: true }],
};
export const FAILED: Observed = { failures: 1 };

const TASK = {
  handler: false,
  arguments: [],
  meta: null,
  force: false,
  changed_when: [],
  failed_when: [],
  registers: [],
  fatal: false,
  rescued: false,
  is_async: false,
  needs: [],
};

/** The plugin's output for a complete check in check mode; `start` and `end` override those two lines. */
export function observations(
  hosts: Readonly<Record<string, Observed>>,
  { start = {}, end = {} }: { readonly start?: object; readonly end?: object } = {},
): string {
  const names = Object.keys(hosts);
  const play = { play: 'p', name: 'all', expected: names, named: names, implicit: [], others: true };
  const events: object[] = [
    {
      e: 'start',
      format: 2,
      check_mode: true,
      tool: 'ansible-core 2.14.18',
      unparsed: [],
      limited: [],
      ...start,
    },
    { e: 'plan', ...play },
    { e: 'play', ...play, batch: names, empty: [] },
    { e: 'task', id: 'copy', name: 'rsyslog.conf', module: 'ansible.builtin.copy', ...TASK },
  ];
  for (const [host, { items = [], failures = 0, error = '' }] of Object.entries(hosts)) {
    const result = { host, task: 'copy', name: 'rsyslog.conf', delegated: false, real: false, read: false };
    events.push({
      e: 'result',
      ...result,
      kind: failures > 0 ? 'failed' : 'ok',
      ran: 1,
      skips: [],
      items,
      error,
      paths: [],
    });
  }
  const stats = Object.entries(hosts).map(([host, { failures = 0 }]) => [
    host,
    { failures, dark: 0, ignored: 0, rescued: 0 },
  ]);
  events.push({ e: 'end', complete: true, stats: Object.fromEntries(stats), removed: [], ...end });
  return events.map((event) => `${JSON.stringify(event)}\n`).join('');
}

/** Puts an ansible-playbook with this fixed output in front of the real one, for tests of what comes after. */
export function cannedCheck(scratch: Scratch, observed: string, exitCode = 0): void {
  const path = scratch.write('observed.jsonl', observed);
  scratch.stub('ansible-playbook', `cp '${path}' "$GITOPS_STATUS_FILE"; exit ${exitCode}`);
  scratch.stub('ansible', 'exit 1');
}

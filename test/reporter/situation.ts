import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Report } from './collector.ts';
import type { Scratch } from './scratch.ts';

/** The expected report: the fields that matter, files as "change name". */
export type Expected = Partial<Omit<Report, 'files'>> & { readonly files?: readonly string[] };

/** One situation of the truth table: a playbook, a server in some condition, and the right report. */
export type Situation = {
  readonly title: string;
  /** Always run for real, as one of its rule. The others are replayed from recordings, and run at full length. */
  readonly forReal?: boolean;
  /** It ends by time or by a signal: a recording of it would prove nothing. */
  readonly timed?: boolean;
  /** The first Ansible with this behaviour. */
  readonly since?: string;
  /** The required lines of the log. */
  readonly says?: readonly string[];
  /** Options of the reporter. */
  readonly options?: readonly string[];
  /** What the server knows, if the reporter asks. */
  readonly known?: readonly object[];
  /** The playbook; @ETC@ is the directory of the server's configuration. */
  readonly playbook?: string;
  readonly tasks?: string;
  readonly prepare?: (scratch: Scratch) => void;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly exitCode: 0 | 1 | 2;
  readonly reports: readonly Expected[];
};

export const LAB = ['-i', 'lab,', '-c', 'local'];
export const TWO_HOSTS = ['-i', 'lab,prod', '-c', 'local'];
export const LAB_AND_DEAD = ['-i', 'inventory.yml'];

export const A_CONF = '- { name: a, copy: { content: "one\\n", dest: "@ETC@/a.conf", mode: "0644" } }';
export const B_CONF = '- { name: b, copy: { content: "two\\n", dest: "@ETC@/b.conf", mode: "0644" } }';
export const FAILS_ON_LAB =
  '- { name: broken, command: "false", check_mode: false, when: inventory_hostname == "lab" }';
export const TAIL = '- { name: tail, stat: { path: "@ETC@" } }';

export function inSync({ etc }: Scratch): void {
  writeFileSync(join(etc, 'a.conf'), 'one\n', { mode: 0o644 });
  writeFileSync(join(etc, 'b.conf'), 'two\n', { mode: 0o644 });
}

export function edited(scratch: Scratch): void {
  inSync(scratch);
  writeFileSync(join(scratch.etc, 'a.conf'), 'one\nmore\n');
}

/** No program listens on this port, so ssh fails at once. */
export function withDeadHost(scratch: Scratch): void {
  inSync(scratch);
  scratch.write(
    'repo/inventory.yml',
    'all: { hosts: { lab: { ansible_connection: local }, dead: { ansible_host: 127.0.0.1, ansible_port: 1 } } }\n',
  );
}

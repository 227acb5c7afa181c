import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Report } from './collector.ts';
import type { Scratch } from './scratch.ts';

/** What stands in an expected report: the fields that matter, files as "change name". */
export type Expected = Partial<Omit<Report, 'files'>> & { readonly files?: readonly string[] };

/** One situation of the truth table: a playbook, a server in some condition, and what has to be reported. */
export type Situation = {
  readonly title: string;
  /** The playbook; @ETC@ stands for the directory that the server keeps its configuration in. */
  readonly playbook?: string;
  readonly tasks?: string;
  readonly prepare?: (scratch: Scratch) => void;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly exitCode: 0 | 1 | 2;
  readonly reports: readonly Expected[];
};

const LAB = ['-i', 'lab,', '-c', 'local'];
const TWO_HOSTS = ['-i', 'lab,prod', '-c', 'local'];
const LAB_AND_DEAD = ['-i', 'inventory.yml'];

const A_CONF = '- { name: a, copy: { content: "one\\n", dest: "@ETC@/a.conf", mode: "0644" } }';
const B_CONF = '- { name: b, copy: { content: "two\\n", dest: "@ETC@/b.conf", mode: "0644" } }';
const FAILS_ON_LAB =
  '- { name: broken, command: "false", check_mode: false, when: inventory_hostname == "lab" }';
const TAIL = '- { name: tail, stat: { path: "@ETC@" } }';

function inSync({ etc }: Scratch): void {
  writeFileSync(join(etc, 'a.conf'), 'one\n', { mode: 0o644 });
  writeFileSync(join(etc, 'b.conf'), 'two\n', { mode: 0o644 });
}

function edited(scratch: Scratch): void {
  inSync(scratch);
  writeFileSync(join(scratch.etc, 'a.conf'), 'one\nmore\n');
}

/** The port that nobody listens on makes ssh fail at once. */
function withDeadHost(scratch: Scratch): void {
  inSync(scratch);
  scratch.write(
    'repo/inventory.yml',
    'all: { hosts: { lab: { ansible_connection: local }, dead: { ansible_host: 127.0.0.1, ansible_port: 1 } } }\n',
  );
}

export const DRIFT: readonly Situation[] = [
  {
    title: 'a server as Git wants it is SYNCED',
    tasks: `${A_CONF}\n${B_CONF}`,
    prepare: inSync,
    exitCode: 0,
    reports: [{ server: 'lab', sync_status: 'SYNCED', drift_count: 0, files: [] }],
  },
  {
    title: 'an edited file is content drift',
    tasks: `${A_CONF}\n${B_CONF}`,
    prepare: edited,
    exitCode: 2,
    reports: [{ server: 'lab', sync_status: 'OUT_OF_SYNC', drift_count: 1, files: ['content a.conf'] }],
  },
  {
    title: 'a file that is not there is missing',
    tasks: `${A_CONF}\n${B_CONF}`,
    prepare: (scratch) => {
      inSync(scratch);
      rmSync(join(scratch.etc, 'b.conf'));
    },
    exitCode: 2,
    reports: [{ sync_status: 'OUT_OF_SYNC', drift_count: 1, files: ['missing b.conf'] }],
  },
  {
    title: 'a file that should not be there is extra',
    tasks: '- file: { path: "@ETC@/a.conf", state: absent }',
    prepare: inSync,
    exitCode: 2,
    reports: [{ sync_status: 'OUT_OF_SYNC', files: ['extra a.conf'] }],
  },
  {
    title: 'a mode alone is attributes drift',
    tasks: A_CONF,
    prepare: (scratch) => {
      inSync(scratch);
      chmodSync(join(scratch.etc, 'a.conf'), 0o777);
    },
    exitCode: 2,
    reports: [{ sync_status: 'OUT_OF_SYNC', files: ['attributes a.conf'] }],
  },
  {
    title: 'a template goes by the name of the file on the server, edited or missing',
    tasks: `- template: { src: x.conf.j2, dest: "@ETC@/a.conf", mode: "0644" }
- template: { src: x.conf.j2, dest: "@ETC@/new.conf" }`,
    prepare: (scratch) => {
      inSync(scratch);
      scratch.write('repo/x.conf.j2', '{{ inventory_hostname }}\n');
    },
    exitCode: 2,
    reports: [{ files: ['content a.conf', 'missing new.conf'] }],
  },
  {
    title: 'each drifted item of a loop counts, the others do not',
    tasks:
      '- { name: all, copy: { content: "one\\n", dest: "@ETC@/{{ item }}.conf", mode: "0644" }, loop: [a, b, c] }',
    prepare: inSync,
    exitCode: 2,
    reports: [{ drift_count: 2, files: ['content b.conf', 'missing c.conf'] }],
  },
  {
    title: 'a copy into a directory is named after the file, not the directory',
    tasks: '- copy: { src: snippet.conf, dest: "@ETC@/" }',
    prepare: (scratch) => void scratch.write('repo/snippet.conf', 'x\n'),
    exitCode: 2,
    reports: [{ files: ['missing snippet.conf'] }],
  },
  {
    title: 'a handler is a consequence of drift, not drift',
    playbook: `- hosts: all
  gather_facts: false
  tasks:
    - { copy: { content: "one\\n", dest: "@ETC@/a.conf" }, notify: restart }
  handlers:
    - { name: restart, file: { path: "@ETC@/restarted", state: directory } }
`,
    prepare: edited,
    exitCode: 2,
    reports: [{ drift_count: 1, files: ['content a.conf'] }],
  },
  {
    title: 'line editors name the file without their label',
    tasks: `- lineinfile: { path: "@ETC@/a.conf", line: three }
- blockinfile: { path: "@ETC@/b.conf", block: four }`,
    prepare: inSync,
    exitCode: 2,
    reports: [{ drift_count: 2, files: ['content a.conf', 'content b.conf'] }],
  },
  {
    title: 'a binary file drifts without a word about its content',
    tasks: '- copy: { src: blob, dest: "@ETC@/a.conf" }',
    prepare: (scratch) => {
      inSync(scratch);
      scratch.write('repo/blob', '\0\u0001\0');
    },
    exitCode: 2,
    reports: [{ files: ['content a.conf'] }],
  },
  {
    title: 'a file that two tasks change counts once',
    tasks: `${A_CONF}\n- lineinfile: { path: "@ETC@/a.conf", line: three }`,
    prepare: edited,
    exitCode: 2,
    reports: [{ drift_count: 1, files: ['content a.conf'] }],
  },
  {
    title: 'what has no path is a resource, and counts',
    tasks: `- { name: the group, group: { name: "gitops-{{ item }}" }, loop: [x, y] }\n${A_CONF}`,
    prepare: inSync,
    exitCode: 2,
    reports: [
      {
        sync_status: 'OUT_OF_SYNC',
        drift_count: 2,
        files: [],
        resources: [{ task: 'the group', module: 'group', change: 'changed', count: 2 }],
      },
    ],
  },
  {
    title: 'what no_log hides is still drift, known by its task alone',
    tasks:
      '- { name: the key, copy: { content: "k", dest: "@ETC@/{{ item }}" }, loop: [key1, key2], no_log: true }',
    exitCode: 2,
    reports: [
      { drift_count: 1, files: [], resources: [{ task: 'the key', module: 'copy', change: 'hidden' }] },
    ],
  },
  {
    title: 'without a diff the file is known, not what differs',
    tasks: '- { copy: { content: "new\\n", dest: "@ETC@/a.conf" }, diff: false }',
    prepare: inSync,
    exitCode: 2,
    reports: [{ drift_count: 1, files: ['changed a.conf'] }],
  },
  {
    title: 'an ignored failure is told, since something was not verified',
    tasks: `- { command: "false", check_mode: false, ignore_errors: true }\n${A_CONF}`,
    prepare: inSync,
    exitCode: 0,
    reports: [{ sync_status: 'SYNCED', ignored: 1 }],
  },
  {
    title: 'a task that declares its own drift a failure has still found it',
    tasks: `- { name: a, copy: { content: "one\\n", dest: "@ETC@/a.conf" }, register: r, failed_when: r is changed }`,
    prepare: edited,
    exitCode: 1,
    reports: [
      { sync_status: 'UNKNOWN', error_kind: 'task_failed', partial: true, files: ['content a.conf'] },
    ],
  },
  {
    title: 'a task that check mode cannot look at is counted',
    tasks: `- command: "true"\n${A_CONF}`,
    prepare: inSync,
    exitCode: 0,
    reports: [{ sync_status: 'SYNCED', skipped_in_check_mode: 1 }],
  },
  {
    title: 'the localhost that Ansible makes up for a play is no server',
    playbook: `- { hosts: localhost, gather_facts: false, tasks: [{ set_fact: { x: 1 } }, { stat: { path: "@ETC@" } }] }
- { hosts: all, gather_facts: false, tasks: [${A_CONF.slice(2)}] }
`,
    prepare: inSync,
    exitCode: 0,
    reports: [{ server: 'lab', sync_status: 'SYNCED' }],
  },
  {
    title: 'a localhost that is all there is, is a server',
    playbook: `- { hosts: localhost, gather_facts: false, tasks: [${A_CONF.slice(2)}] }\n`,
    prepare: inSync,
    args: [],
    exitCode: 0,
    reports: [{ server: 'localhost', sync_status: 'SYNCED' }],
  },
  {
    title: 'each host is reported as found',
    tasks: '- copy: { content: "one\\n", dest: "@ETC@/{{ inventory_hostname }}.conf" }',
    prepare: ({ etc }) => writeFileSync(join(etc, 'lab.conf'), 'one\n'),
    args: TWO_HOSTS,
    exitCode: 2,
    reports: [
      { server: 'lab', sync_status: 'SYNCED' },
      { server: 'prod', sync_status: 'OUT_OF_SYNC', files: ['missing prod.conf'] },
    ],
  },
];

export const UNKNOWN: readonly Situation[] = [
  {
    title: 'a failing task leaves its host UNKNOWN, with what was found so far',
    tasks: `${A_CONF}\n- { name: broken, fail: { msg: "no such thing" } }\n${B_CONF}`,
    prepare: edited,
    exitCode: 1,
    reports: [
      {
        sync_status: 'UNKNOWN',
        error_kind: 'task_failed',
        error: 'broken: no such thing',
        partial: true,
        drift_count: 1,
        files: ['content a.conf'],
      },
    ],
  },
  {
    title: 'a failing item of a loop tells its own message',
    tasks:
      '- { name: each, assert: { that: item != 2, fail_msg: "item {{ item }} is wrong", quiet: true }, loop: [1, 2, 3] }',
    exitCode: 1,
    reports: [{ sync_status: 'UNKNOWN', error_kind: 'task_failed', error: 'each: item 2 is wrong' }],
  },
  {
    title: 'a failing handler is a failure',
    playbook: `- hosts: all
  gather_facts: false
  tasks:
    - { copy: { content: "one\\n", dest: "@ETC@/a.conf" }, notify: restart }
  handlers:
    - { name: restart, fail: { msg: "cannot" } }
`,
    prepare: edited,
    exitCode: 1,
    reports: [{ sync_status: 'UNKNOWN', error_kind: 'task_failed', partial: true }],
  },
  {
    title: 'a failing host takes no other host with it',
    tasks: `${A_CONF}\n${FAILS_ON_LAB}\n${TAIL}`,
    prepare: inSync,
    args: TWO_HOSTS,
    exitCode: 1,
    reports: [
      { server: 'lab', sync_status: 'UNKNOWN', error_kind: 'task_failed' },
      { server: 'prod', sync_status: 'SYNCED' },
    ],
  },
  {
    title: 'after a rescue the host is judged by what was found',
    tasks: `- block: [{ fail: { msg: "first" } }]\n  rescue: [{ debug: { msg: rescued } }]\n${A_CONF}`,
    prepare: inSync,
    exitCode: 0,
    reports: [{ sync_status: 'SYNCED', rescued: 1 }],
  },
  {
    title: 'a host that cannot be reached is UNKNOWN, the others are as found',
    tasks: A_CONF,
    prepare: withDeadHost,
    args: LAB_AND_DEAD,
    exitCode: 1,
    reports: [
      { server: 'dead', sync_status: 'UNKNOWN', error_kind: 'unreachable' },
      { server: 'lab', sync_status: 'SYNCED' },
    ],
  },
  {
    title: 'failed and unreachable at once (exit code 4) are told apart',
    tasks: `${FAILS_ON_LAB}\n${A_CONF}`,
    prepare: withDeadHost,
    args: LAB_AND_DEAD,
    exitCode: 1,
    reports: [
      { server: 'dead', error_kind: 'unreachable' },
      { server: 'lab', error_kind: 'task_failed' },
    ],
  },
  {
    title: 'ignore_unreachable (exit code 0, a clean recap) hides nothing',
    playbook: `- { hosts: all, gather_facts: false, ignore_unreachable: true, tasks: [${A_CONF.slice(2)}] }\n`,
    prepare: withDeadHost,
    args: LAB_AND_DEAD,
    exitCode: 1,
    reports: [
      { server: 'dead', sync_status: 'UNKNOWN', error_kind: 'unreachable' },
      { server: 'lab', sync_status: 'SYNCED' },
    ],
  },
  {
    title: 'a syntax error is UNKNOWN for every host of the inventory',
    playbook: '- hosts: all\n  tasks:\n    - copy: {{{ "canary of the file" \n',
    args: TWO_HOSTS,
    exitCode: 1,
    reports: [
      { server: 'lab', sync_status: 'UNKNOWN', error_kind: 'parse' },
      { server: 'prod', sync_status: 'UNKNOWN', error_kind: 'parse' },
    ],
  },
  {
    title: 'a syntax error is UNKNOWN for the hosts of EXPECTED_HOSTS alone, where that is set',
    playbook: '- hosts: lab\n  tasks: {{{\n',
    args: TWO_HOSTS,
    env: { EXPECTED_HOSTS: 'lab' },
    exitCode: 1,
    reports: [{ server: 'lab', sync_status: 'UNKNOWN', error_kind: 'parse' }],
  },
  {
    title: 'an unknown module is UNKNOWN',
    tasks: '- no_such_module: {}',
    exitCode: 1,
    reports: [{ server: 'lab', sync_status: 'UNKNOWN', error_kind: 'parse' }],
  },
  {
    title: 'a missing playbook is UNKNOWN',
    tasks: A_CONF,
    env: { DRIFT_CHECK_PLAYBOOK: 'nowhere.yml' },
    exitCode: 1,
    reports: [{ server: 'lab', sync_status: 'UNKNOWN', error_kind: 'parse' }],
  },
  {
    title: 'a missing vault password is UNKNOWN',
    tasks: A_CONF,
    args: [...LAB, '--vault-password-file', 'nowhere'],
    exitCode: 1,
    reports: [{ server: 'lab', sync_status: 'UNKNOWN', error_kind: 'parse' }],
  },
  {
    title: 'a missing inventory (exit code 0) is UNKNOWN',
    tasks: A_CONF,
    args: ['-i', 'nowhere.yml'],
    env: { SERVER_NAME: 'lab' },
    exitCode: 1,
    reports: [{ server: 'lab', sync_status: 'UNKNOWN', error_kind: 'no_hosts' }],
  },
  {
    title: 'where not even a host is known, nothing is reported, and the check has failed',
    tasks: A_CONF,
    args: ['-i', 'nowhere.yml'],
    exitCode: 1,
    reports: [],
  },
  {
    title: 'a pattern without hosts (exit code 0) is UNKNOWN for the inventory',
    playbook: `- { hosts: web, gather_facts: false, tasks: [${A_CONF.slice(2)}] }\n`,
    exitCode: 1,
    reports: [{ server: 'lab', sync_status: 'UNKNOWN', error_kind: 'no_hosts' }],
  },
  {
    title: 'a host that --limit names and nobody knows is UNKNOWN, the others are as found',
    tasks: A_CONF,
    prepare: inSync,
    args: [...TWO_HOSTS, '--limit', 'lab,typo'],
    exitCode: 1,
    reports: [
      { server: 'lab', sync_status: 'SYNCED' },
      { server: 'typo', sync_status: 'UNKNOWN', error_kind: 'not_processed' },
    ],
  },
  {
    title: 'a --limit that matches nothing is UNKNOWN',
    tasks: A_CONF,
    args: [...TWO_HOSTS, '--limit', 'typo'],
    exitCode: 1,
    reports: [{ server: 'typo', sync_status: 'UNKNOWN', error_kind: 'no_hosts' }],
  },
  {
    title: 'where every task was skipped nothing was checked, even if facts were gathered',
    playbook: `- { hosts: all, gather_subset: ["!all", "!min"], tasks: [{ copy: { content: x, dest: "@ETC@/x" }, when: false }] }\n`,
    exitCode: 1,
    reports: [{ sync_status: 'UNKNOWN', error_kind: 'not_processed' }],
  },
  {
    title: 'any_errors_fatal stops hosts that had no error: they are UNKNOWN',
    playbook: `- hosts: all
  gather_facts: false
  any_errors_fatal: true
  tasks:
    ${A_CONF}
    ${FAILS_ON_LAB}
    ${B_CONF}
`,
    prepare: inSync,
    args: TWO_HOSTS,
    exitCode: 1,
    reports: [
      { server: 'lab', error_kind: 'task_failed' },
      { server: 'prod', sync_status: 'UNKNOWN', error_kind: 'not_processed' },
    ],
  },
  {
    title: 'max_fail_percentage stops hosts that had no error: they are UNKNOWN',
    playbook: `- hosts: all
  gather_facts: false
  max_fail_percentage: 10
  tasks:
    ${A_CONF}
    ${FAILS_ON_LAB}
    ${B_CONF}
`,
    prepare: inSync,
    args: TWO_HOSTS,
    exitCode: 1,
    reports: [
      { server: 'lab', error_kind: 'task_failed' },
      { server: 'prod', sync_status: 'UNKNOWN', error_kind: 'not_processed' },
    ],
  },
  {
    title: 'a later batch that never starts is UNKNOWN',
    playbook: `- { hosts: all, gather_facts: false, serial: 1, tasks: [${FAILS_ON_LAB.slice(2)}, ${A_CONF.slice(2)}] }\n`,
    prepare: inSync,
    args: TWO_HOSTS,
    exitCode: 1,
    reports: [
      { server: 'lab', error_kind: 'task_failed' },
      { server: 'prod', sync_status: 'UNKNOWN', error_kind: 'not_processed' },
    ],
  },
  {
    title: 'a later play that never starts leaves its hosts UNKNOWN, however well they did before',
    playbook: `- { hosts: all, gather_facts: false, tasks: [${A_CONF.slice(2)}] }
- { hosts: lab, gather_facts: false, tasks: [${FAILS_ON_LAB.slice(2)}] }
- { hosts: prod, gather_facts: false, tasks: [${B_CONF.slice(2)}] }
`,
    prepare: (scratch) => {
      inSync(scratch);
      rmSync(join(scratch.etc, 'b.conf'));
    },
    args: TWO_HOSTS,
    exitCode: 1,
    reports: [
      { server: 'lab', error_kind: 'task_failed' },
      { server: 'prod', sync_status: 'UNKNOWN', error_kind: 'not_processed' },
    ],
  },
  {
    title: 'run_once that fails stops every host: all are UNKNOWN',
    tasks: `${A_CONF}\n- { name: once, run_once: true, fail: { msg: "no" } }\n${B_CONF}`,
    prepare: inSync,
    args: TWO_HOSTS,
    exitCode: 1,
    reports: [
      { server: 'lab', error_kind: 'task_failed' },
      { server: 'prod', sync_status: 'UNKNOWN', error_kind: 'not_processed' },
    ],
  },
  {
    title:
      'a role that cannot be included leaves no failure in the recap: its hosts are UNKNOWN all the same',
    tasks: `${A_CONF}\n${FAILS_ON_LAB}\n${B_CONF}\n- include_role: { name: no_such_role }\n${TAIL}`,
    prepare: inSync,
    args: TWO_HOSTS,
    exitCode: 1,
    reports: [
      { server: 'lab', error_kind: 'task_failed' },
      { server: 'prod', sync_status: 'UNKNOWN', error_kind: 'not_processed' },
    ],
  },
  {
    title: 'tasks that cannot be included are a failure',
    tasks: `${A_CONF}\n- include_tasks: nowhere.yml`,
    prepare: inSync,
    exitCode: 1,
    reports: [{ sync_status: 'UNKNOWN', error_kind: 'task_failed' }],
  },
  {
    title: 'a failure on the localhost that Ansible makes up is told, and stops the others',
    playbook: `- { hosts: localhost, gather_facts: false, tasks: [{ fail: { msg: "no" } }] }
- { hosts: all, gather_facts: false, tasks: [${A_CONF.slice(2)}] }
`,
    prepare: inSync,
    exitCode: 1,
    reports: [
      { server: 'lab', error_kind: 'not_processed' },
      { server: 'localhost', error_kind: 'task_failed' },
    ],
  },
  {
    title: 'a check that takes too long is UNKNOWN',
    tasks: `${A_CONF}\n- pause: { seconds: 60 }\n${B_CONF}`,
    prepare: inSync,
    env: { DRIFT_CHECK_TIMEOUT: '3' },
    exitCode: 1,
    reports: [{ server: 'lab', sync_status: 'UNKNOWN', error_kind: 'timeout' }],
  },
  {
    title: 'a check that is killed half-way is UNKNOWN',
    tasks: `${A_CONF}
- debug: { msg: "{{ lookup('pipe', 'kill -KILL $(cut -d\\" \\" -f4 /proc/$PPID/stat)') }}" }
${B_CONF}`,
    prepare: inSync,
    exitCode: 1,
    reports: [{ server: 'lab', sync_status: 'UNKNOWN', error_kind: 'not_processed' }],
  },
  {
    title: 'a listing in place of a check (exit code 0) is UNKNOWN',
    tasks: A_CONF,
    prepare: inSync,
    args: [...LAB, '--list-tasks'],
    exitCode: 1,
    reports: [{ server: 'lab', sync_status: 'UNKNOWN', error_kind: 'parse' }],
  },
  {
    title: 'several hosts under one SERVER_NAME are as bad as the worst of them',
    tasks: `${FAILS_ON_LAB}\n${A_CONF}`,
    prepare: inSync,
    args: TWO_HOSTS,
    env: { SERVER_NAME: 'pair' },
    exitCode: 1,
    reports: [{ server: 'pair', sync_status: 'UNKNOWN', error_kind: 'task_failed', hosts: ['lab', 'prod'] }],
  },
];

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { A_CONF, B_CONF, FAILS_ON_LAB, inSync, LAB, type Situation, TAIL, TWO_HOSTS } from './situation.ts';

/** A check that stopped before it had seen everything. */
export const STOPPED: readonly Situation[] = [
  {
    title: 'any_errors_fatal stops hosts that had no error: they are UNKNOWN',
    forReal: true,
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
    title: 'a later play that never starts leaves its hosts UNKNOWN, even after a good result',
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
    title: 'a role that cannot be included leaves no failure in the recap, but its hosts are UNKNOWN',
    tasks: `${A_CONF}\n${FAILS_ON_LAB}\n${B_CONF}\n- include_role: { name: no_such_role }\n${TAIL}`,
    prepare: inSync,
    args: TWO_HOSTS,
    exitCode: 1,
    reports: [
      { server: 'lab', error_kind: 'task_failed' },
      { server: 'prod', sync_status: 'UNKNOWN' },
    ],
  },
  {
    title:
      'a role that one host cannot include is reported for that host, even if `meta: end_host` ended another',
    forReal: true,
    tasks: `${A_CONF}
${FAILS_ON_LAB}
- { meta: end_host, when: inventory_hostname == "done" }
- { include_role: { name: no_such_role }, when: inventory_hostname == "prod" }
${TAIL}`,
    prepare: inSync,
    args: ['-i', 'lab,prod,done', '-c', 'local'],
    exitCode: 1,
    reports: [
      { server: 'done', sync_status: 'SYNCED' },
      { server: 'lab', error_kind: 'task_failed' },
      { server: 'prod', sync_status: 'UNKNOWN' },
    ],
  },
  {
    title:
      'a role that cannot be included in a block with a `rescue` proves nothing, however other hosts end',
    tasks: `${A_CONF}
- block:
    - { include_role: { name: no_such_role }, when: inventory_hostname == "prod" }
  rescue:
    - { name: told, debug: { msg: "no role" } }
- { meta: end_host, when: inventory_hostname == "lab" }
${TAIL}`,
    prepare: inSync,
    args: TWO_HOSTS,
    exitCode: 1,
    reports: [
      { server: 'lab', sync_status: 'SYNCED' },
      { server: 'prod', sync_status: 'UNKNOWN' },
    ],
  },
  {
    title:
      'hosts that `meta: end_*` ended in a batch, a free play and a rescue are SYNCED by their comparisons',
    forReal: true,
    playbook: `- hosts: all
  gather_facts: false
  serial: 1
  tasks:
    ${A_CONF}
    - { meta: end_host, when: inventory_hostname == "lab" }
    - block:
        - { name: refuses, assert: { that: false } }
      rescue:
        - { name: told, debug: { msg: "refused" } }
    - { meta: end_batch, when: inventory_hostname == "prod" }
    - { name: not reached, fail: { msg: "no" } }
- hosts: all
  gather_facts: false
  strategy: free
  tasks:
    - { meta: end_host, when: inventory_hostname == "prod" }
    ${B_CONF}
- hosts: all
  gather_facts: false
  tasks:
    - { meta: end_play }
    - { name: not reached, fail: { msg: "no" } }
`,
    prepare: inSync,
    args: TWO_HOSTS,
    exitCode: 0,
    reports: [
      { server: 'lab', sync_status: 'SYNCED' },
      { server: 'prod', sync_status: 'SYNCED' },
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
    title: 'a failure on the localhost that Ansible adds is reported, and stops the others',
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
    timed: true,
    forReal: true,
    tasks: `${A_CONF}\n- pause: { seconds: 60 }\n${B_CONF}`,
    prepare: inSync,
    env: { DRIFT_CHECK_TIMEOUT: '20' },
    exitCode: 1,
    reports: [{ server: 'lab', sync_status: 'UNKNOWN', error_kind: 'timeout' }],
  },
  {
    title: 'a check that is killed half-way is UNKNOWN',
    timed: true,
    forReal: true,
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
    env: { SERVER_NAME: 'lab' },
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

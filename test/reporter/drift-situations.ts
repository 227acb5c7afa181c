import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { A_CONF, B_CONF, edited, inSync, type Situation, TWO_HOSTS } from './situation.ts';

export const DRIFT: readonly Situation[] = [
  {
    title: 'a server as Git wants it is SYNCED',
    forReal: true,
    tasks: `${A_CONF}\n${B_CONF}`,
    prepare: inSync,
    exitCode: 0,
    reports: [{ server: 'lab', sync_status: 'SYNCED', drift_count: 0, files: [] }],
  },
  {
    title: 'an edited file is content drift',
    forReal: true,
    tasks: `${A_CONF}\n${B_CONF}`,
    prepare: edited,
    exitCode: 2,
    reports: [{ server: 'lab', sync_status: 'OUT_OF_SYNC', drift_count: 1, files: ['content a.conf'] }],
  },
  {
    title: 'a missing file is missing',
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
    title: 'a binary file drifts, and nothing about its content is sent',
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
    title: 'a thing without a path is a resource, and counts',
    tasks: `- { name: the group, group: { name: "gitops-{{ item }}" }, loop: [x, y] }\n${A_CONF}`,
    prepare: inSync,
    exitCode: 2,
    reports: [
      {
        sync_status: 'OUT_OF_SYNC',
        drift_count: 2,
        files: [],
        resources: [
          { task: 'the group', module: 'group', change: 'changed', name: 'gitops-x', count: 1 },
          { task: 'the group', module: 'group', change: 'changed', name: 'gitops-y', count: 1 },
        ],
      },
    ],
  },
  {
    title: 'what no_log hides is still drift, known by its task alone',
    forReal: true,
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
    title: 'an ignored failure is reported, because something was not verified',
    tasks: `- { command: "false", check_mode: false, ignore_errors: true }\n${A_CONF}`,
    prepare: inSync,
    exitCode: 0,
    reports: [{ sync_status: 'SYNCED', ignored: 1 }],
  },
  {
    title: 'a task that treats its own drift as a failure has still found it',
    tasks: `- { name: a, copy: { content: "one\\n", dest: "@ETC@/a.conf" }, register: r, failed_when: r is changed }`,
    prepare: edited,
    exitCode: 2,
    reports: [
      { sync_status: 'OUT_OF_SYNC', error_kind: 'task_failed', partial: true, files: ['content a.conf'] },
    ],
  },
  {
    title: 'a task that check mode cannot check is counted',
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
    title: 'a localhost that is the only host is a server',
    playbook: `- { hosts: localhost, gather_facts: false, tasks: [${A_CONF.slice(2)}] }\n`,
    prepare: inSync,
    args: [],
    exitCode: 0,
    reports: [{ server: hostname(), sync_status: 'SYNCED' }],
    says: ['the name of this machine'],
  },
  {
    title: 'each host is reported as found',
    forReal: true,
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

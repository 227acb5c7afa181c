import { expect } from 'vitest';
import { A_CONF, B_CONF, edited, inSync, type Situation, TWO_HOSTS } from './situation.ts';

const LEFT_OUT = { sync_status: 'UNKNOWN', error_kind: 'left_out', drift_count: 0 };
const B_WHEN = (when: string) => `- { name: b, copy: { content: "two\\n", dest: "@ETC@/b.conf" }, ${when} }`;

const naming = (task: string) => expect.stringContaining(`"${task}"`) as unknown as string;

/** Tasks that a deploy would run and a check does not. */
export const LEFT_OUT_SITUATIONS: readonly Situation[] = [
  {
    title: 'a task that excludes check mode is left out',
    forReal: true,
    tasks: `${A_CONF}\n${B_WHEN('when: not ansible_check_mode')}`,
    prepare: inSync,
    exitCode: 1,
    reports: [{ ...LEFT_OUT, error: naming('b') }],
    says: ["GITOPS_STATUS_ACCEPT_LEFT_OUT='b'"],
  },
  {
    title: 'even behind a variable of the play, and behind another one',
    forReal: true,
    playbook: `- hosts: all
  gather_facts: false
  vars: { deploying: "{{ not ansible_check_mode }}", live: "{{ deploying | bool }}" }
  tasks:
    ${A_CONF}
    ${B_WHEN('when: [live, true]')}
`,
    prepare: inSync,
    exitCode: 1,
    reports: [{ ...LEFT_OUT, error: naming('b') }],
  },
  {
    title: 'even behind a variable of the host, in every way of reading it',
    tasks: `${A_CONF}
- { name: c, copy: { content: x, dest: "@ETC@/c" }, when: "hostvars[inventory_hostname].live" }
- { name: d, copy: { content: x, dest: "@ETC@/d" }, when: "lookup('vars', 'live')" }
- { name: e, copy: { content: x, dest: "@ETC@/e" }, when: "'deploy' == ('check' if ansible_check_mode else 'deploy')" }`,
    prepare: (scratch) => {
      inSync(scratch);
      scratch.write('repo/group_vars/all.yml', 'live: "{{ not ansible_check_mode }}"\n');
    },
    exitCode: 1,
    reports: [{ ...LEFT_OUT, error: expect.stringMatching(/"c".*"d", "e"/) as unknown as string }],
  },
  {
    title: 'even behind a fact that a task has set',
    tasks: `- set_fact: { live: "{{ not ansible_check_mode }}" }\n${A_CONF}\n${B_WHEN('when: live')}`,
    prepare: inSync,
    exitCode: 1,
    reports: [{ ...LEFT_OUT, error: naming('b') }],
  },
  {
    title: 'even on the block, in a loop, and if the loop itself is empty',
    tasks: `${A_CONF}
- when: not ansible_check_mode
  block: [{ name: c, copy: { content: x, dest: "@ETC@/c" } }]
- { name: loop, copy: { content: x, dest: "@ETC@/{{ item }}" }, loop: [x, y], when: not ansible_check_mode }
- { name: empty, copy: { content: x, dest: "@ETC@/{{ item }}" }, loop: "{{ [] if ansible_check_mode else ['x'] }}" }`,
    prepare: inSync,
    exitCode: 1,
    reports: [{ ...LEFT_OUT, error: expect.stringMatching(/"c".*"loop", "empty"/) as unknown as string }],
  },
  {
    title: 'even on tasks and roles that are included or imported',
    forReal: true,
    tasks: `${A_CONF}
- { name: dynamic, include_tasks: more.yml, when: not ansible_check_mode }
- { import_tasks: more.yml, when: not ansible_check_mode }
- { name: of role, include_role: { name: r }, when: not ansible_check_mode }
- { import_role: { name: r }, when: not ansible_check_mode }`,
    prepare: (scratch) => {
      inSync(scratch);
      scratch.write('repo/more.yml', '- { name: more, copy: { content: x, dest: /nowhere/x } }\n');
      scratch.write(
        'repo/roles/r/tasks/main.yml',
        '- { name: inside, copy: { content: x, dest: /nowhere/x } }\n',
      );
    },
    exitCode: 1,
    reports: [
      {
        ...LEFT_OUT,
        error: expect.stringMatching(/"dynamic".*"more", "of role", "r : inside"/) as unknown as string,
      },
    ],
  },
  {
    title: 'a condition that a deploy does not meet either leaves nothing out',
    forReal: true,
    tasks: `${A_CONF}
${B_WHEN('when: [inventory_hostname == "other", not ansible_check_mode]')}
${B_WHEN('when: inventory_hostname == "other" and not ansible_check_mode')}
${B_WHEN('when: false')}`,
    prepare: inSync,
    exitCode: 0,
    reports: [{ sync_status: 'SYNCED' }],
  },
  {
    title: 'commands, reads and handlers that check mode skips are not left out',
    playbook: `- hosts: all
  gather_facts: false
  tasks:
    ${A_CONF}
    - { name: c, command: "true", when: not ansible_check_mode }
    - { name: l, shell: "true", loop: [1, 2] }
    - { name: s, stat: { path: /x }, when: not ansible_check_mode }
    - { name: w, wait_for: { port: 1 }, when: not ansible_check_mode }
    - { name: h, uri: { url: "http://127.0.0.1:1" } }
    - { name: f, fail: { msg: x }, when: not ansible_check_mode }
    - { name: p, pause: { seconds: 1 }, when: not ansible_check_mode }
    - { name: t, tempfile: {} }
  handlers:
    - { name: restart, copy: { content: x, dest: "@ETC@/x" }, when: not ansible_check_mode }
`,
    prepare: inSync,
    exitCode: 0,
    reports: [{ sync_status: 'SYNCED', skipped_in_check_mode: 2 }],
  },
  {
    title: 'a module without check mode is left out',
    forReal: true,
    tasks: `${A_CONF}\n- { name: own, mine: {} }`,
    prepare: (scratch) => {
      inSync(scratch);
      scratch.write('repo/library/mine.py', WITHOUT_CHECK_MODE);
    },
    exitCode: 1,
    reports: [{ ...LEFT_OUT, error: naming('own') }],
  },
  {
    title: 'a task whose condition reads what check mode skipped is left out',
    forReal: true,
    tasks: `${A_CONF}
- { name: probe, command: "false", register: r }
${B_WHEN('when: r.rc != 0')}`,
    prepare: inSync,
    exitCode: 1,
    reports: [
      { ...LEFT_OUT, error: expect.stringContaining('reads the result of "probe"') as unknown as string },
    ],
  },
  {
    title: 'a loop over a result that check mode skipped is left out',
    tasks: `${A_CONF}
- { name: probe, command: echo x, register: r }
- { name: each, copy: { content: x, dest: "@ETC@/{{ item }}" }, loop: "{{ r.stdout_lines }}" }`,
    prepare: inSync,
    exitCode: 1,
    reports: [{ ...LEFT_OUT, error: naming('each') }],
  },
  {
    title: 'even if the condition reads it by the item of a loop',
    tasks: `${A_CONF}
- { name: probe, command: "echo {{ item }}", loop: [x, y], register: r }
- { name: each, copy: { content: x, dest: "@ETC@/{{ item.item }}" }, loop: "{{ r.results }}", when: item.stdout == "x" }`,
    prepare: inSync,
    exitCode: 1,
    reports: [{ ...LEFT_OUT, error: naming('each') }],
  },
  {
    title: 'tasks without a requested tag are left out',
    forReal: true,
    tasks: `- { name: a, copy: { content: "one\\n", dest: "@ETC@/a.conf" }, tags: conf }
${B_CONF}
- { name: rare, copy: { content: x, dest: "@ETC@/rare" }, tags: never }`,
    prepare: inSync,
    args: ['-i', 'lab,', '-c', 'local', '--tags', 'conf'],
    exitCode: 1,
    reports: [{ ...LEFT_OUT, error: naming('b') }],
    says: ["GITOPS_STATUS_ACCEPT_LEFT_OUT='tags'"],
  },
  {
    title: 'tasks without a tag from ansible.cfg or the environment are left out',
    tasks: `${A_CONF}\n- { name: b, copy: { content: "two\\n", dest: "@ETC@/b.conf" }, tags: slow }`,
    prepare: inSync,
    env: { ANSIBLE_SKIP_TAGS: 'slow' },
    exitCode: 1,
    reports: [{ ...LEFT_OUT, error: naming('b') }],
  },
  {
    title: 'tasks without a tag in files included at run time are left out',
    tasks: `${A_CONF}\n- { include_tasks: more.yml }`,
    prepare: (scratch) => {
      inSync(scratch);
      scratch.write(
        'repo/more.yml',
        '- { name: more, copy: { content: x, dest: /nowhere/x }, tags: slow }\n',
      );
    },
    args: ['-i', 'lab,', '-c', 'local', '--skip-tags', 'slow'],
    exitCode: 1,
    reports: [{ ...LEFT_OUT, error: naming('more') }],
  },
  {
    title: 'tasks that a tag leaves out can be accepted',
    tasks: `- { name: a, copy: { content: "one\\n", dest: "@ETC@/a.conf" }, tags: conf }\n${B_CONF}`,
    prepare: inSync,
    args: ['-i', 'lab,', '-c', 'local', '--tags', 'conf'],
    env: { GITOPS_STATUS_ACCEPT_LEFT_OUT: 'tags' },
    exitCode: 0,
    reports: [{ sync_status: 'SYNCED', left_out_accepted: 1 }],
  },
  {
    title: 'tasks before --start-at-task are left out',
    forReal: true,
    tasks: `${B_CONF}\n${A_CONF}`,
    prepare: inSync,
    args: ['-i', 'lab,', '-c', 'local', '--start-at-task', 'a'],
    exitCode: 1,
    reports: [{ ...LEFT_OUT, error: naming('b') }],
  },
  {
    title: 'a check that ends because of check mode leaves the rest out',
    forReal: true,
    tasks: `${A_CONF}\n- { name: enough, meta: end_host, when: ansible_check_mode }\n${B_CONF}`,
    prepare: inSync,
    exitCode: 1,
    reports: [LEFT_OUT],
  },
  {
    title: 'an end that only a deploy reaches leaves nothing out, on any host',
    args: TWO_HOSTS,
    tasks: `${A_CONF}\n- { meta: end_play, when: not ansible_check_mode }\n${B_CONF}`,
    prepare: inSync,
    exitCode: 0,
    reports: [{ sync_status: 'SYNCED' }, { sync_status: 'SYNCED' }],
  },
  {
    title: 'git with force does not see files that were edited',
    tasks: `${A_CONF}\n- { name: app, git: { repo: "@ETC@/origin", dest: "@ETC@/app", version: main, force: true } }`,
    prepare: (scratch) => {
      inSync(scratch);
      scratch.gitRepo('etc/origin');
      scratch.cloned('etc/origin', 'etc/app');
    },
    exitCode: 1,
    reports: [{ ...LEFT_OUT, error: naming('app') }],
  },
  {
    title: 'a task under no_log that its condition skips is not left out',
    tasks: `${A_CONF}
- { name: b, copy: { content: x, dest: "@ETC@/x" }, no_log: true, when: inventory_hostname == "other" }
- { name: c, copy: { content: x, dest: "@ETC@/{{ item }}" }, loop: [x, y], no_log: true, when: item == "z" }
- { name: d, copy: { content: x, dest: "@ETC@/{{ item }}" }, loop: [], no_log: true }`,
    prepare: inSync,
    exitCode: 0,
    reports: [{ sync_status: 'SYNCED' }],
  },
  {
    title: 'a task under no_log that leaves check mode out is',
    tasks: `${A_CONF}\n${B_WHEN('no_log: true, when: not ansible_check_mode')}`,
    prepare: inSync,
    exitCode: 1,
    reports: [{ ...LEFT_OUT, error: naming('b') }],
  },
  {
    title: 'a task that is left out does not hide drift that was found',
    tasks: `${A_CONF}\n${B_WHEN('when: not ansible_check_mode')}`,
    prepare: edited,
    exitCode: 2,
    reports: [{ sync_status: 'OUT_OF_SYNC', files: ['content a.conf'] }],
  },
  {
    title: 'GITOPS_STATUS_ACCEPT_LEFT_OUT names what may be left out, which is counted',
    tasks: `${A_CONF}\n${B_WHEN('when: not ansible_check_mode')}`,
    prepare: inSync,
    env: { GITOPS_STATUS_ACCEPT_LEFT_OUT: 'b' },
    exitCode: 0,
    reports: [{ sync_status: 'SYNCED', left_out_accepted: 1 }],
  },
];

const WITHOUT_CHECK_MODE = `#!/usr/bin/python3
from ansible.module_utils.basic import AnsibleModule
AnsibleModule(argument_spec={}).exit_json(changed=False)
`;

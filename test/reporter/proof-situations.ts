import { appendFileSync, chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { A_CONF, B_CONF, edited, inSync, type Situation, TWO_HOSTS } from './situation.ts';

const UNPROVEN = { sync_status: 'UNKNOWN', drift_count: 0, files: [] };

/** The requirements of SYNCED: something was compared, and nothing was left out. */
export const PROOF: readonly Situation[] = [
  {
    title: 'tasks that only read compare nothing',
    forReal: true,
    tasks: `- stat: { path: "@ETC@/a.conf" }
- { name: sure, assert: { that: true } }
- debug: { msg: hello }
- { name: port, command: "true", check_mode: false, changed_when: false }`,
    prepare: edited,
    exitCode: 1,
    reports: [{ ...UNPROVEN, error_kind: 'nothing_compared' }],
  },
  {
    title: 'an unknown module compares only if it says changed',
    tasks: '- { name: own, mine: {} }',
    prepare: (scratch) => {
      inSync(scratch);
      scratch.write('repo/library/mine.py', MINE);
    },
    exitCode: 1,
    reports: [{ ...UNPROVEN, error_kind: 'nothing_compared' }],
    says: ["GITOPS_STATUS_COMPARES='mine'"],
  },
  {
    title: 'GITOPS_STATUS_COMPARES names a module that compares',
    forReal: true,
    tasks: '- { name: own, mine: {} }',
    prepare: (scratch) => void scratch.write('repo/library/mine.py', MINE),
    env: { GITOPS_STATUS_COMPARES: 'other.* mi*' },
    exitCode: 0,
    reports: [{ sync_status: 'SYNCED' }],
  },
  {
    title: 'a command compares by creates',
    tasks: '- { name: made, command: { cmd: "touch @ETC@/a.conf", creates: "@ETC@/a.conf" } }',
    prepare: inSync,
    exitCode: 0,
    reports: [{ sync_status: 'SYNCED' }],
  },
  {
    title: 'a command whose creates is missing has drifted',
    forReal: true,
    tasks: '- { name: made, command: { cmd: "touch @ETC@/new", creates: "@ETC@/new" } }',
    exitCode: 2,
    reports: [{ sync_status: 'OUT_OF_SYNC', resources: [{ task: 'made', module: 'command' }] }],
  },
  {
    title: 'a command compares by its own condition if it runs in check mode',
    tasks: `- { name: cmp, command: cmp -s @ETC@/a.conf @ETC@/b.conf, register: c, check_mode: false, changed_when: c.rc == 1, failed_when: c.rc > 1 }`,
    prepare: inSync,
    exitCode: 2,
    reports: [{ sync_status: 'OUT_OF_SYNC', drift_count: 1 }],
  },
  {
    title: 'a comparing task that failed and was ignored proves nothing',
    forReal: true,
    tasks: `${A_CONF}\n- { name: gone, copy: { src: nowhere, dest: "@ETC@/b.conf" }, ignore_errors: true }`,
    prepare: inSync,
    exitCode: 1,
    reports: [{ ...UNPROVEN, error_kind: 'task_failed', error: textWith('"gone"'), ignored: 1 }],
    says: ["GITOPS_STATUS_ACCEPT_LEFT_OUT='gone'"],
  },
  {
    title: 'a comparing task that failed and was rescued proves nothing',
    forReal: true,
    tasks: `${A_CONF}
- block: [{ name: gone, copy: { src: nowhere, dest: "@ETC@/b.conf" } }]
  rescue: [{ debug: { msg: rescued } }]`,
    prepare: inSync,
    exitCode: 1,
    reports: [{ ...UNPROVEN, error_kind: 'task_failed', error: textWith('"gone"'), rescued: 1 }],
  },
  {
    title: 'tasks that did not run because of a rescued failure are left out',
    tasks: `${A_CONF}
- block:
    - { name: probe, command: "false", check_mode: false }
    ${B_CONF}
  rescue: [{ debug: { msg: rescued } }]`,
    prepare: inSync,
    exitCode: 1,
    reports: [{ ...UNPROVEN, error_kind: 'left_out', error: textWith('"b"') }],
  },
  {
    title: 'failed_when false hides whether a comparing task failed',
    forReal: true,
    tasks: `${A_CONF}\n- { name: quiet, copy: { src: nowhere, dest: "@ETC@/b.conf" }, failed_when: false }`,
    prepare: inSync,
    exitCode: 1,
    reports: [{ ...UNPROVEN, error_kind: 'task_failed', error: textWith('"quiet"') }],
  },
  {
    title: 'a failure that was ignored does not hide drift that was found',
    tasks: `${A_CONF}\n- { name: gone, copy: { src: nowhere, dest: "@ETC@/b.conf" }, ignore_errors: true }`,
    prepare: edited,
    exitCode: 2,
    reports: [{ sync_status: 'OUT_OF_SYNC', files: ['content a.conf'] }],
  },
  {
    title: 'GITOPS_STATUS_ACCEPT_LEFT_OUT names what may fail, which is counted',
    tasks: `${A_CONF}\n- { name: gone, copy: { src: nowhere, dest: "@ETC@/b.conf" }, ignore_errors: true }`,
    prepare: inSync,
    env: { GITOPS_STATUS_ACCEPT_LEFT_OUT: 'gone\nother' },
    exitCode: 0,
    reports: [{ sync_status: 'SYNCED', left_out_accepted: 1, ignored: 1 }],
  },
  {
    title: 'changed_when false does not make a difference go away',
    forReal: true,
    tasks: `- { name: a, copy: { content: "one\\n", dest: "@ETC@/a.conf" }, changed_when: false }`,
    prepare: edited,
    exitCode: 2,
    reports: [{ sync_status: 'OUT_OF_SYNC', files: ['content a.conf'] }],
  },
  {
    title: 'a difference on another host does not count for this one',
    tasks: `${A_CONF}\n- { name: render, copy: { content: x, dest: "@ETC@/build" }, changed_when: false, delegate_to: localhost }`,
    prepare: inSync,
    exitCode: 0,
    reports: [{ sync_status: 'SYNCED', files: [] }],
  },
  {
    title: 'a host is not compared if its task compared another host',
    tasks: '- { name: render, copy: { content: "one\\n", dest: "@ETC@/a.conf" }, delegate_to: localhost }',
    prepare: inSync,
    exitCode: 1,
    reports: [{ ...UNPROVEN, error_kind: 'nothing_compared' }],
  },
  {
    title: 'a staging file that a later task removes is no drift',
    forReal: true,
    tasks: `${A_CONF}
- { name: stage, copy: { content: x, dest: "@ETC@/stage/x" } }
- { name: clean, file: { path: "@ETC@/stage", state: absent } }`,
    prepare: inSync,
    exitCode: 0,
    reports: [{ sync_status: 'SYNCED', files: [] }],
  },
  {
    title: 'a check that stages for real and cleans up again is still one',
    tasks: `${A_CONF}
- { name: stage, copy: { content: x, dest: "@ETC@/stage" }, check_mode: false, changed_when: false }
- { name: test, command: "test -s @ETC@/stage", check_mode: false, changed_when: false }
- { name: clean, file: { path: "@ETC@/stage", state: absent }, check_mode: false, changed_when: false }`,
    prepare: inSync,
    exitCode: 0,
    reports: [{ sync_status: 'SYNCED', files: [] }],
  },
  {
    title: 'check_mode true on a task makes it a read',
    forReal: true,
    tasks: `- { name: look, copy: { content: "one\\n", dest: "@ETC@/a.conf" }, check_mode: true }`,
    prepare: edited,
    exitCode: 1,
    reports: [{ ...UNPROVEN, error_kind: 'nothing_compared' }],
  },
  {
    title: 'a task that check_mode false lets change the host leaves it UNKNOWN',
    forReal: true,
    tasks: `${A_CONF}\n- { name: act, command: "touch @ETC@/acted", check_mode: false }`,
    prepare: inSync,
    exitCode: 1,
    reports: [
      {
        ...UNPROVEN,
        error_kind: 'changed_the_host',
        error: textWith('task "act" (command) has check_mode: false and changed the host'),
      },
    ],
  },
  {
    title: 'a file that the check itself has written is not in sync because of that',
    tasks: `${B_CONF}\n- { name: act, copy: { content: "one\\n", dest: "@ETC@/a.conf" }, check_mode: false }`,
    prepare: edited,
    exitCode: 1,
    reports: [{ ...UNPROVEN, error_kind: 'changed_the_host' }],
  },
  {
    title: 'a change elsewhere by check_mode false is neither drift nor a doubt',
    tasks: `${A_CONF}
- { name: fetch keys, command: "true", check_mode: false, delegate_to: localhost }
- { name: scratch, tempfile: {}, check_mode: false }`,
    prepare: inSync,
    exitCode: 0,
    reports: [{ sync_status: 'SYNCED' }],
  },
  {
    title: 'a cache of packages that is old is no drift',
    tasks: `${A_CONF}\n- { name: cache, apt: { update_cache: true } }`,
    prepare: inSync,
    exitCode: 0,
    reports: [{ sync_status: 'SYNCED' }],
  },
  {
    title: 'each host needs a proof of its own',
    tasks:
      '- { name: a, copy: { content: "one\\n", dest: "@ETC@/a.conf" }, when: inventory_hostname == "lab" }',
    prepare: inSync,
    args: TWO_HOSTS,
    exitCode: 1,
    reports: [
      { server: 'lab', sync_status: 'SYNCED' },
      { server: 'prod', sync_status: 'UNKNOWN', error_kind: 'nothing_compared' },
    ],
  },
  {
    title: 'a host that ends itself after a comparison keeps its verdict',
    tasks: `${A_CONF}\n- { meta: end_host, when: inventory_hostname == "lab" }\n${B_CONF}`,
    prepare: inSync,
    exitCode: 0,
    reports: [{ sync_status: 'SYNCED' }],
  },
  {
    title: 'a host that ends itself before one was not compared',
    forReal: true,
    tasks: `- { meta: end_play }\n${A_CONF}`,
    prepare: inSync,
    exitCode: 1,
    reports: [{ ...UNPROVEN, error_kind: 'nothing_compared' }],
  },
  {
    title: 'a whole directory is copied: each file that differs is named, also for 2.21',
    forReal: true,
    tasks: '- { name: tree, copy: { src: tree/, dest: "@ETC@/tree" } }',
    prepare: (scratch) => {
      for (const name of ['same', 'edited', 'missing', 'deep/x', 'mode']) {
        scratch.write(`repo/tree/${name}`, 'one\n');
        scratch.write(`etc/tree/${name}`, 'one\n');
      }
      appendFileSync(join(scratch.etc, 'tree/edited'), 'more\n');
      rmSync(join(scratch.etc, 'tree/missing'));
      rmSync(join(scratch.etc, 'tree/deep/x'));
    },
    exitCode: 2,
    reports: [
      { drift_count: 3, files: ['missing tree/deep/x', 'content tree/edited', 'missing tree/missing'] },
    ],
  },
  {
    title: 'names are those that people look for',
    forReal: true,
    tasks: `- { name: users, user: { name: "{{ item.n }}", shell: /bin/false }, loop: [{ n: nobody, k: secret-label }, { n: games, k: x }], loop_control: { label: "{{ item.k }}" } }
- { name: hosts, known_hosts: { path: "@ETC@/kh", name: "{{ item }}.example", key: "{{ item }}.example ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGVRuH4mWLdXbXAaSfqkvOvKxGkFfDx3pPR6LvxoCRLx" }, loop: [one, two] }
- { name: hidden, user: { name: "{{ item }}", shell: /bin/false }, loop: [nobody], no_log: true }
- { name: twice, copy: { content: x, dest: "@ETC@//a.conf" } }
- { name: twice again, lineinfile: { path: "@ETC@/a.conf", line: z } }
- { name: into, copy: { src: snippet, dest: "@ETC@" } }`,
    prepare: (scratch) => {
      inSync(scratch);
      scratch.write('repo/snippet', 'x\n');
    },
    exitCode: 2,
    reports: [
      {
        files: ['content a.conf', 'missing snippet'],
        resources: [
          { task: 'users', name: 'nobody' },
          { task: 'users', name: 'games' },
          { task: 'hosts', name: 'one.example' },
          { task: 'hosts', name: 'two.example' },
          { task: 'hidden', change: 'hidden' },
        ],
      },
    ],
  },
  {
    title: 'missing, content, attributes and extra are distinguished for every file module',
    tasks: `- { name: t, file: { path: "@ETC@/flag", state: touch, access_time: preserve, modification_time: preserve } }
- { name: l, lineinfile: { path: "@ETC@/line", line: x, create: true } }
- { name: b, blockinfile: { path: "@ETC@/block", block: x, create: true } }
- { name: l2, lineinfile: { path: "@ETC@/empty", line: x, create: true } }
- { name: g, get_url: { url: "file://{{ playbook_dir }}/check.yml", dest: "@ETC@/got" } }
- { name: m, file: { path: "@ETC@/a.conf", mode: "0600" } }
- { name: d, file: { path: "@ETC@/dir", state: directory } }
- { name: s, file: { path: "@ETC@/link", src: a.conf, state: link } }
- { name: x, file: { path: "@ETC@/b.conf", state: absent } }
- { name: r, file: { path: "@ETC@/tree", state: directory, recurse: true, mode: "u=rwX,g=rX,o=" } }`,
    prepare: (scratch) => {
      inSync(scratch);
      scratch.write('etc/empty', '');
      chmodSync(scratch.write('etc/tree/x', ''), 0o777);
      chmodSync(join(scratch.etc, 'tree'), 0o750);
    },
    exitCode: 2,
    reports: [
      {
        files: [
          'attributes a.conf',
          'extra b.conf',
          'missing block',
          'missing dir',
          'content empty',
          'missing flag',
          'missing got',
          'missing line',
          'missing link',
          'attributes tree',
        ],
      },
    ],
  },
  {
    title: 'several hosts under one name: drift comes before a doubt',
    tasks: `${A_CONF}\n- { name: broken, fail: { msg: x }, when: inventory_hostname == "prod" }`,
    prepare: (scratch) => {
      inSync(scratch);
      writeFileSync(join(scratch.etc, 'a.conf'), 'two\n');
    },
    args: TWO_HOSTS,
    env: { SERVER_NAME: 'pair' },
    exitCode: 2,
    reports: [{ server: 'pair', sync_status: 'OUT_OF_SYNC', partial: true, error_kind: 'task_failed' }],
  },
];

const MINE = `#!/usr/bin/python3
from ansible.module_utils.basic import AnsibleModule
AnsibleModule(argument_spec={}, supports_check_mode=True).exit_json(changed=False)
`;

function textWith(text: string): string {
  return expect.stringContaining(text) as unknown as string;
}

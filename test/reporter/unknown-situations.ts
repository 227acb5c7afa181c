import {
  A_CONF,
  B_CONF,
  edited,
  FAILS_ON_LAB,
  inSync,
  LAB,
  LAB_AND_DEAD,
  type Situation,
  TAIL,
  TWO_HOSTS,
  withDeadHost,
} from './situation.ts';

export const UNKNOWN: readonly Situation[] = [
  {
    title: 'a failing task leaves its host UNKNOWN, with what was found so far',
    everySource: true,
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
    everySource: true,
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
    everySource: true,
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
    everySource: true,
    playbook: `- { hosts: all, gather_subset: ["!all", "!min"], tasks: [{ copy: { content: x, dest: "@ETC@/x" }, when: false }] }\n`,
    exitCode: 1,
    reports: [{ sync_status: 'UNKNOWN', error_kind: 'not_processed' }],
  },
];

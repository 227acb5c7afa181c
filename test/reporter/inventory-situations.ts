import { hostname } from 'node:os';
import { expect } from 'vitest';
import { A_CONF, B_CONF, edited, FAILS_ON_LAB, inSync, LAB, type Situation, TWO_HOSTS } from './situation.ts';

const textWith = (text: string) => expect.stringContaining(text) as unknown as string;

const play = (hosts: string, ...tasks: readonly string[]) =>
  `- { hosts: ${hosts}, gather_facts: false, tasks: [${tasks.map((task) => task.slice(2)).join(', ')}] }\n`;

/** Situations of the inventory and the patterns of plays. */
export const INVENTORY: readonly Situation[] = [
  {
    title: 'a name in hosts that matches nothing leaves every host UNKNOWN',
    forReal: true,
    playbook: play('lab', A_CONF) + play('web', B_CONF),
    prepare: inSync,
    exitCode: 1,
    reports: [{ server: 'lab', sync_status: 'UNKNOWN', error_kind: 'no_hosts', error: textWith('"web"') }],
    says: ["GITOPS_STATUS_EMPTY_PATTERNS='web'"],
  },
  {
    title: 'also a glob, a regular expression, and one name of several',
    playbook: play('"lab,web*,~db[0-9]+,gone"', A_CONF),
    prepare: inSync,
    exitCode: 1,
    reports: [{ error_kind: 'no_hosts', error: textWith('"web*", "~db[0-9]+", "gone"') }],
  },
  {
    title: 'also one that is a template',
    playbook: `- { hosts: "{{ wanted }}", gather_facts: false, vars: { wanted: "lab,gone" }, tasks: [${A_CONF.slice(2)}] }\n`,
    prepare: inSync,
    exitCode: 1,
    reports: [{ server: 'lab', error_kind: 'no_hosts', error: textWith('"gone"') }],
  },
  {
    title: 'an exclusion, an existing empty group, localhost, and what earlier plays add may match nothing',
    forReal: true,
    playbook: `${play('lab', A_CONF)}${play('"all:!gone:&all"', B_CONF)}${play('empty', B_CONF)}${play('localhost', '- { debug: { msg: x } }')}
- { hosts: lab, gather_facts: false, tasks: [{ group_by: { key: made } }, ${A_CONF.slice(2)}] }
- { hosts: "made,other", gather_facts: false, tasks: [${B_CONF.slice(2)}] }
`,
    prepare: (scratch) => {
      inSync(scratch);
      scratch.write('repo/hosts.ini', '[servers]\nlab ansible_connection=local\n[empty]\n');
    },
    args: ['-i', 'hosts.ini'],
    exitCode: 0,
    reports: [{ server: 'lab', sync_status: 'SYNCED' }],
  },
  {
    title: 'GITOPS_STATUS_EMPTY_PATTERNS names patterns that may match nothing',
    playbook: play('lab', A_CONF) + play('web', B_CONF),
    prepare: inSync,
    env: { GITOPS_STATUS_EMPTY_PATTERNS: 'web' },
    exitCode: 0,
    reports: [{ sync_status: 'SYNCED' }],
  },
  {
    title: 'a pattern that matches nothing does not hide drift that was found',
    playbook: play('lab', A_CONF) + play('web', B_CONF),
    prepare: edited,
    exitCode: 2,
    reports: [{ sync_status: 'OUT_OF_SYNC' }],
  },
  {
    title: 'only the implicit localhost is left, although a play names others',
    forReal: true,
    playbook: play('localhost', A_CONF) + play('all', B_CONF),
    prepare: (scratch) => {
      inSync(scratch);
      scratch.write('repo/hosts.ini', '[servers]\n');
    },
    args: ['-i', 'hosts.ini'],
    exitCode: 1,
    reports: [{ sync_status: 'UNKNOWN', error_kind: 'no_hosts' }],
  },
  {
    title: 'the layout of ansible-pull goes by the name of the machine',
    forReal: true,
    playbook: play('localhost', A_CONF),
    prepare: inSync,
    args: ['-i', 'localhost,', '-c', 'local'],
    exitCode: 0,
    reports: [{ server: hostname(), sync_status: 'SYNCED' }],
    says: [`reported as ${hostname()}, the name of this machine`],
  },
  {
    title:
      'an inventory source that cannot be parsed: the hosts of the run, and those that this check has reported about',
    forReal: true,
    tasks: A_CONF,
    prepare: (scratch) => {
      edited(scratch);
      scratch.write('repo/hosts/good', 'lab ansible_connection=local\n');
      scratch.write('repo/hosts/bad', '[servers\nprod\n');
    },
    args: ['-i', 'hosts'],
    known: [
      { repo: 'rsyslog', server: 'lab', check: 'check.yml' },
      { repo: 'rsyslog', server: 'prod', check: 'check.yml' },
      { repo: 'rsyslog', server: 'free', check: 'other' },
    ],
    exitCode: 1,
    reports: [
      { server: 'lab', sync_status: 'UNKNOWN', error_kind: 'parse', partial: true },
      { server: 'prod', sync_status: 'UNKNOWN', error_kind: 'parse', error: textWith('hosts/bad') },
    ],
  },
  {
    title: 'a missing inventory source counts as one that cannot be parsed',
    tasks: A_CONF,
    prepare: inSync,
    args: [...LAB, '-i', 'nowhere'],
    known: [],
    exitCode: 1,
    reports: [{ server: 'lab', sync_status: 'UNKNOWN', error_kind: 'parse' }],
  },
  {
    title: 'if the server does not answer, the hosts of the run are reported and the run has failed',
    tasks: A_CONF,
    prepare: inSync,
    args: [...LAB, '-i', 'nowhere'],
    exitCode: 1,
    reports: [{ server: 'lab', sync_status: 'UNKNOWN', error_kind: 'parse' }],
    says: ['the server does not tell'],
  },
  {
    title: 'hosts that earlier plays decide are known when the play starts',
    forReal: true,
    playbook: `- hosts: lab
  gather_facts: false
  tasks:
    ${A_CONF}
    - { set_fact: { next: prod } }
- { hosts: "{{ hostvars['lab'].next }}", gather_facts: false, tasks: [${B_CONF.slice(2)}] }
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
    title: 'a play that never started, with unknown hosts, leaves the others UNKNOWN',
    playbook: `- { hosts: lab, gather_facts: false, tasks: [${A_CONF.slice(2)}] }
- { hosts: prod, gather_facts: false, tasks: [{ name: broken, fail: { msg: x } }] }
- { hosts: "{{ hostvars['lab'].next }}", gather_facts: false, tasks: [${B_CONF.slice(2)}] }
`,
    prepare: inSync,
    args: TWO_HOSTS,
    exitCode: 1,
    reports: [
      { server: 'lab', sync_status: 'UNKNOWN', error_kind: 'not_processed' },
      { server: 'prod', sync_status: 'UNKNOWN', error_kind: 'task_failed' },
    ],
  },
  {
    title: 'a play that lost all its hosts names the task that is the cause',
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
      { server: 'lab', error: textWith('task "broken" (command) failed on lab') },
      { server: 'prod', error_kind: 'not_processed', error: textWith('because task "broken" failed on lab') },
    ],
  },
  {
    title: 'a failure that check mode itself has caused says so, with the way out',
    forReal: true,
    tasks: `${A_CONF}
- { name: version, command: echo 1, register: v }
- { name: remember, set_fact: { it: "{{ v.stdout_lines[0] }}" } }`,
    prepare: inSync,
    exitCode: 1,
    reports: [
      {
        sync_status: 'UNKNOWN',
        error_kind: 'task_failed',
        error:
          '"remember" needs the result of "version" (v), which check mode skipped; set "check_mode: false" on "version"',
      },
    ],
  },
  {
    title: 'a failed task adds a file only if its result proves it',
    tasks: `${A_CONF}
- { name: enabled, file: { src: "@ETC@/gone", dest: "@ETC@/enabled", state: link } }`,
    prepare: edited,
    exitCode: 2,
    reports: [
      { sync_status: 'OUT_OF_SYNC', partial: true, files: ['content a.conf'], error: textWith('enabled') },
    ],
  },
  {
    title: 'a host that is lost after drift was found is still out of sync',
    playbook: `- hosts: all
  gather_facts: false
  tasks:
    ${A_CONF}
    - { name: lost, ping: {}, vars: { ansible_connection: ssh, ansible_host: 127.0.0.1, ansible_port: 1 } }
`,
    prepare: edited,
    exitCode: 2,
    reports: [{ sync_status: 'OUT_OF_SYNC', partial: true, error_kind: 'unreachable', drift_count: 1 }],
  },
  {
    title: 'drift that was found before the time limit stays reported',
    timed: true,
    tasks: `${A_CONF}\n- pause: { seconds: 90 }`,
    prepare: edited,
    env: { DRIFT_CHECK_TIMEOUT: '20' },
    exitCode: 2,
    reports: [
      { sync_status: 'OUT_OF_SYNC', partial: true, error_kind: 'timeout', files: ['content a.conf'] },
    ],
  },
];

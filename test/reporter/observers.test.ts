import { appendFileSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Report } from './collector.ts';
import { REPORTER, runReporter } from './reporter.ts';
import { Scratch } from './scratch.ts';
import { CHECK_TOOLS, missing } from './tools.ts';

const PLUGIN = join(REPORTER, '../callback_plugins/gitops_status.py');
const BUNDLE = join(REPORTER, '../gitops_status_reporter.py');

describe.skipIf(missing(CHECK_TOOLS))('the observers', () => {
  let scratch: Scratch;

  beforeEach(() => {
    scratch = new Scratch();
  });
  afterEach(() => scratch.remove());

  async function check(playbook: string, { command = REPORTER, hosts = 'lab,', env = {} } = {}) {
    scratch.write('repo/check.yml', playbook.replaceAll('@ETC@', scratch.etc));
    return runReporter(scratch, {
      command,
      args: ['--dry-run', '--', '-i', hosts, '-c', 'local'],
      env: { REPO_NAME: 'rsyslog', DRIFT_CHECK_PLAYBOOK: 'check.yml', ...env },
    });
  }

  async function reportsOf(playbook: string, env: Record<string, string> = {}) {
    const { stdout } = await check(playbook, { hosts: 'lab,prod', env });
    return (JSON.parse(stdout) as Report[]).map(({ last_check, duration_ms, ...rest }) => rest);
  }

  /** The two files as a repo has them. */
  function copyOfReporter(): { command: string; plugin: string } {
    const command = join(scratch.root, 'scripts/gitops_status_reporter.py');
    const plugin = join(scratch.root, 'scripts/callback_plugins/gitops_status.py');
    mkdirSync(join(plugin, '..'), { recursive: true });
    copyFileSync(BUNDLE, command);
    copyFileSync(PLUGIN, plugin);
    return { command, plugin };
  }

  it('detect a difference by line counts, and report neither content nor a hash of it', async () => {
    writeFileSync(join(scratch.etc, 'edited'), 'a\nB\n');
    writeFileSync(join(scratch.etc, 'mode'), '', { mode: 0o644 });
    const [report] = await reportsOf(`- hosts: all
  gather_facts: false
  tasks:
    - { name: edited, copy: { content: "a\\nb\\nc\\n", dest: "@ETC@/edited" } }
    - { name: mode, file: { path: "@ETC@/mode", mode: "0600" } }
`);
    const [edited, mode] = report?.files ?? [];
    expect(edited).toMatchObject({
      change: 'content',
      path: join(scratch.etc, 'edited'),
      task: 'edited',
      module: 'copy',
      lines_added: 2,
      lines_removed: 1,
    });
    expect(JSON.stringify(report)).not.toMatch(/sha|hash|[0-9a-f]{40}/);
    expect(mode).toMatchObject({
      change: 'attributes',
      attributes: { mode: { before: '0644', after: '0600' } },
    });
  });

  it('handle any result of a module', async () => {
    const diff = [
      'text',
      7,
      { before: [1], after: null },
      { before: '\ud800', after: 'x', before_header: '/x' },
    ];
    const odd = { changed: true, diff, dest: 5, path: null, results: 'none' };
    scratch.write('repo/library/odd', `#!/bin/sh\ncat <<'END'\n${JSON.stringify(odd)}\nEND\n`, 0o755);
    const playbook = '- { hosts: all, gather_facts: false, tasks: [{ odd: {}, check_mode: false }] }\n';
    expect(await reportsOf(playbook)).toMatchObject([
      { error_kind: 'changed_the_host' },
      { error_kind: 'changed_the_host' },
    ]);
  });

  it('do not take a broken plugin for a clean check', async () => {
    const { command, plugin } = copyOfReporter();
    appendFileSync(plugin, "\n\ndef base_name(action):\n    raise KeyError('canary')\n");
    const playbook = '- { hosts: all, gather_facts: false, tasks: [{ stat: { path: /etc } }] }\n';
    const { stdout, exitCode } = await check(playbook, { command });
    expect(JSON.parse(stdout)).toMatchObject({
      server: 'lab',
      sync_status: 'UNKNOWN',
      error_kind: 'parse',
      error: expect.stringMatching(/^the callback plugin failed: KeyError in /) as unknown,
    });
    expect(exitCode).toBe(1);
  });

  it('need the plugin file, and say so', async () => {
    const { command, plugin } = copyOfReporter();
    rmSync(plugin);
    const { stdout, exitCode } = await check('[]', { command, env: { SERVER_NAME: 'lab' } });
    const error = 'the callback plugin is missing';
    expect(JSON.parse(stdout)).toMatchObject({ server: 'lab', sync_status: 'UNKNOWN', error });
    expect(exitCode).toBe(1);
  });

  it('expect hosts that were added during the run', async () => {
    const reports = await reportsOf(`- hosts: lab
  gather_facts: false
  tasks:
    - { add_host: { name: "{{ item }}", groups: fresh, ansible_connection: local }, loop: [x, y] }
- { hosts: fresh, gather_facts: false, serial: 1, tasks: [{ fail: { msg: "no" } }] }
`);
    expect(reports.map(({ server, error_kind }) => [server, error_kind])).toEqual([
      ['lab', 'nothing_compared'],
      ['x', 'task_failed'],
      ['y', 'not_processed'],
    ]);
  });

  it('do not load in any other run of Ansible', async () => {
    scratch.write('repo/check.yml', '- { hosts: all, gather_facts: false, tasks: [{ ping: {} }] }\n');
    const run = await runReporter(scratch, {
      command: 'ansible-playbook',
      args: ['-i', 'lab,', '-c', 'local', 'check.yml'],
      env: { ANSIBLE_CALLBACK_PLUGINS: join(PLUGIN, '..'), ANSIBLE_CALLBACKS_ENABLED: 'gitops_status' },
    });
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
  });

  it('show differences in the log only if asked for', async () => {
    const playbook =
      '- { hosts: all, gather_facts: false, tasks: [{ copy: { content: "shown", dest: "@ETC@/x" } }] }\n';
    expect((await check(playbook)).stderr).not.toContain('shown');
    expect((await check(playbook, { env: { GITOPS_STATUS_SHOW_DIFF: '1' } })).stderr).toContain('+shown');
  });

  it('keep the settings of the user: callbacks, their plugins, ansible.cfg, every exported name', async () => {
    const mine = (name: string, kind: string) =>
      `
from ansible.plugins.callback import CallbackBase
class CallbackModule(CallbackBase):
    CALLBACK_VERSION, CALLBACK_TYPE, CALLBACK_NAME, CALLBACK_NEEDS_ENABLED = 2.0, '${kind}', '${name}', True
    def v2_runner_on_ok(self, result):
        open('@/heard', 'a').write('${name} ')
`.replaceAll('@', scratch.root);
    scratch.write('repo/plugins/mine.py', mine('mine', 'notification'));
    scratch.write('repo/plugins/loud.py', mine('loud', 'stdout'));
    scratch.write(
      'repo/ansible.cfg',
      '[defaults]\ncallback_plugins = plugins\ncallbacks_enabled = mine\nstdout_callback = loud\n',
    );
    const names = ['server', 'repo', 'work', 'token', 'stage', 'outcome', 'HERE', 'body'];
    const asked = names.map((name) => `{{ lookup('env', '${name}') }}`).join(' ');
    await check(
      `- { hosts: all, gather_facts: false, tasks: [{ copy: { content: "${asked} {{ lookup('env', 'GITOPS_STATUS_TOKEN') }}", dest: "@ETC@/env" }, check_mode: false }] }\n`,
      {
        env: {
          ...Object.fromEntries(names.map((name) => [name, `my-${name}`])),
          GITOPS_STATUS_TOKEN: 'canary',
        },
      },
    );
    expect(readFileSync(join(scratch.root, 'heard'), 'utf8').trim().split(' ').sort()).toEqual([
      'loud',
      'mine',
    ]);
    expect(readFileSync(join(scratch.etc, 'env'), 'utf8').trim()).toBe(
      names.map((name) => `my-${name}`).join(' '),
    );
  });

  it('warn if -v or a callback prints the content of files', async () => {
    const playbook = '- { hosts: all, gather_facts: false, tasks: [{ ping: {} }] }\n';
    expect((await check(playbook)).stderr).not.toContain('prints the results of tasks');
    expect((await check(playbook, { env: { ANSIBLE_VERBOSITY: '1' } })).stderr).toContain(
      'verbosity 1 prints the results of tasks',
    );
    expect((await check(playbook, { env: { ANSIBLE_STDOUT_CALLBACK: 'minimal' } })).stderr).toContain(
      'the stdout callback minimal prints the results of tasks',
    );
  });

  it('take labels from variables and groups, and none without the inventory', async () => {
    scratch.write('repo/hosts.ini', '[env_prod]\nlab ansible_connection=local team=web\n');
    const env = { GITOPS_STATUS_LABELS: 'env=group:env_\nteam=var:team\nowner=ops' };
    const playbook = '- { hosts: all, gather_facts: false, tasks: [{ stat: { path: /etc } }] }\n';
    expect(JSON.parse((await check(playbook, { hosts: 'hosts.ini', env })).stdout)).toMatchObject({
      labels: { env: 'prod', team: 'web', owner: 'ops' },
    });
    const broken = await check('{{{', { hosts: 'hosts.ini', env: { ...env, SERVER_NAME: 'lab' } });
    expect(JSON.parse(broken.stdout)).not.toHaveProperty('labels');
  });

  it('explain per host which tasks prove what, and which were left out', async () => {
    scratch.write(
      'repo/check.yml',
      `- hosts: all
  gather_facts: false
  tasks:
    - { name: proof, copy: { content: x, dest: "${scratch.etc}/x" } }
    - { name: rest, copy: { content: x, dest: /nowhere/y }, when: not ansible_check_mode }
`,
    );
    const { stdout } = await runReporter(scratch, {
      args: ['--explain', '--', '-i', 'lab,', '-c', 'local'],
      env: { REPO_NAME: 'rsyslog', DRIFT_CHECK_PLAYBOOK: 'check.yml' },
    });
    expect(stdout).toContain('lab: OUT_OF_SYNC\n');
    expect(stdout).toContain('compared by: proof\n');
    expect(stdout).toContain(`drifted: missing ${scratch.etc}/x`);
    expect(stdout).toContain('left out: rest (its condition depends on ansible_check_mode)\n');
  });
});

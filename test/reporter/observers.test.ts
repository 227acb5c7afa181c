import { execFileSync } from 'node:child_process';
import { appendFileSync, copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Report } from './collector.ts';
import { REPORTER, runReporter } from './reporter.ts';
import { Scratch } from './scratch.ts';
import { CHECK_TOOLS, missing } from './tools.ts';

const PLUGIN = join(REPORTER, '../callback_plugins/gitops_status.py');

/** Every kind of finding in one playbook, and a host that fails. */
const EVERYTHING = `- hosts: all
  gather_facts: false
  tasks:
    - { name: edited, copy: { content: "a\\nb\\nc\\n", dest: "@ETC@/edited", mode: "0644" } }
    - { name: missing, template: { src: new.j2, dest: "@ETC@/missing" } }
    - { name: extra, file: { path: "@ETC@/extra", state: absent } }
    - { name: mode, file: { path: "@ETC@/mode", mode: "0600" } }
    - { name: link, file: { path: "@ETC@/link", src: /nowhere, state: link, force: true } }
    - { name: line, lineinfile: { path: "@ETC@/line", line: x, mode: "0600" } }
    - { name: loop, copy: { content: "{{ item }}", dest: "@ETC@/loop-{{ item }}" }, loop: [1, 2] }
    - { name: binary, copy: { src: blob, dest: "@ETC@/binary" } }
    - { name: blind, copy: { content: "n", dest: "@ETC@/blind" }, diff: false }
    - { name: hidden, copy: { content: "n", dest: "@ETC@/hidden" }, no_log: true }
    - { name: group, group: { name: gitops-x } }
    - { name: no drift, group_by: { key: some } }
    - { name: skipped, command: "true" }
    - { name: ignored, stat: { path: "@ETC@" }, register: r, failed_when: true, ignore_errors: true }
    - { name: broken, fail: { msg: "as planned" }, when: inventory_hostname == "lab" }
`;

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

  /** The two files as a repo would have them. */
  function copyOfReporter(): { command: string; plugin: string } {
    const command = join(scratch.root, 'scripts/update-gitops-status.sh');
    const plugin = join(scratch.root, 'scripts/callback_plugins/gitops_status.py');
    mkdirSync(join(plugin, '..'), { recursive: true });
    copyFileSync(REPORTER, command);
    copyFileSync(PLUGIN, plugin);
    return { command, plugin };
  }

  function drift(): void {
    for (const name of ['extra', 'mode', 'line', 'blind']) {
      writeFileSync(join(scratch.etc, name), 'old\n', { mode: 0o644 });
    }
    writeFileSync(join(scratch.etc, 'edited'), 'a\nB\n');
    scratch.write('repo/new.j2', 'é {{ inventory_hostname }}');
    scratch.write('repo/blob', '\0\u0001\0');
  }

  it.skipIf(missing(['ansible.posix.jsonl']))('tell the very same', async () => {
    drift();
    const plugin = await reportsOf(EVERYTHING);
    const jsonl = await reportsOf(EVERYTHING, { DRIFT_SOURCE: 'jsonl' });
    expect(plugin.map(({ sync_status, drift_count }) => [sync_status, drift_count])).toEqual([
      ['UNKNOWN', 12],
      ['OUT_OF_SYNC', 12],
    ]);
    expect(jsonl).toEqual(plugin);
  });

  it('know a difference by hash and line counts', async () => {
    drift();
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
      sha256_before: sha256(join(scratch.etc, 'edited')),
      sha256_after: sha256(scratch.write('edited', 'a\nb\nc\n')),
    });
    expect(mode).toMatchObject({
      change: 'attributes',
      attributes: { mode: { before: '0644', after: '0600' } },
    });
  });

  it('make something of whatever a module comes up with', async () => {
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
      { sync_status: 'OUT_OF_SYNC' },
      { sync_status: 'OUT_OF_SYNC' },
    ]);
  });

  it('do not take a plugin that breaks for a clean check', async () => {
    const { command, plugin } = copyOfReporter();
    appendFileSync(plugin, "\n\ndef short_name(action):\n    raise KeyError('canary')\n");
    const playbook = '- { hosts: all, gather_facts: false, tasks: [{ stat: { path: /etc } }] }\n';
    const { stdout, exitCode } = await check(playbook, { command });
    expect(JSON.parse(stdout)).toMatchObject({
      server: 'lab',
      sync_status: 'UNKNOWN',
      error_kind: 'parse',
      error: 'the callback plugin failed: KeyError in v2_runner_on_ok',
    });
    expect(exitCode).toBe(1);
  });

  it('need the plugin file, and say so', async () => {
    const { command, plugin } = copyOfReporter();
    rmSync(plugin);
    const { stdout, exitCode } = await check('[]', { command, env: { SERVER_NAME: 'lab' } });
    const error = expect.stringContaining('plugin is missing') as unknown;
    expect(JSON.parse(stdout)).toMatchObject({ server: 'lab', sync_status: 'UNKNOWN', error });
    expect(exitCode).toBe(1);
  });

  it('expect hosts that came up during the run', async () => {
    const reports = await reportsOf(`- hosts: lab
  gather_facts: false
  tasks:
    - { add_host: { name: "{{ item }}", groups: fresh, ansible_connection: local }, loop: [x, y] }
- { hosts: fresh, gather_facts: false, serial: 1, tasks: [{ fail: { msg: "no" } }] }
`);
    expect(reports.map(({ server, error_kind }) => [server, error_kind])).toEqual([
      ['lab', 'not_processed'],
      ['x', 'task_failed'],
      ['y', 'not_processed'],
    ]);
  });

  it('stay out of every other run of Ansible', async () => {
    scratch.write('repo/check.yml', '- { hosts: all, gather_facts: false, tasks: [{ ping: {} }] }\n');
    const run = await runReporter(scratch, {
      command: 'ansible-playbook',
      args: ['-i', 'lab,', '-c', 'local', 'check.yml'],
      env: { ANSIBLE_CALLBACK_PLUGINS: join(PLUGIN, '..'), ANSIBLE_CALLBACKS_ENABLED: 'gitops_status' },
    });
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
  });

  it('show differences in the log where that is wanted, and only there', async () => {
    const playbook =
      '- { hosts: all, gather_facts: false, tasks: [{ copy: { content: "shown", dest: "@ETC@/x" } }] }\n';
    expect((await check(playbook)).stderr).not.toContain('shown');
    expect((await check(playbook, { env: { GITOPS_STATUS_SHOW_DIFF: '1' } })).stderr).toContain('+shown');
  });
});

function sha256(path: string): string {
  return execFileSync('sha256sum', [path], { encoding: 'utf8' }).slice(0, 64);
}

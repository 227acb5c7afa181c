import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CLEAN, cannedCheck, observations } from './canned-check.ts';
import { Collector } from './collector.ts';
import { REPORTER, runReporter } from './reporter.ts';
import { Scratch } from './scratch.ts';
import { CHECK_TOOLS, missing, REPORTER_TOOLS } from './tools.ts';

const CANARY = 'canary-5e7d';

/** Each hides the canary in a place that a reporter could leak: contents, arguments, labels, messages. */
const LEAKS = {
  contents: `
    - { name: edited, copy: { content: "new ${CANARY}\\n", dest: "@ETC@/edited" } }
    - { name: missing, copy: { content: "{{ vault_password }}\\n", dest: "@ETC@/missing" } }
    - { name: template, template: { src: secret.j2, dest: "@ETC@/template" } }
    - { name: line, lineinfile: { path: "@ETC@/edited", line: "password={{ vault_password }}" } }
    - { name: block, blockinfile: { path: "@ETC@/edited", block: "{{ vault_password }}" } }`,
  'what no_log hides': `
    - { name: hidden, copy: { content: "{{ vault_password }}", dest: "@ETC@/{{ vault_password }}" }, no_log: true }
    - { name: loop, copy: { content: "{{ item }}", dest: "@ETC@/{{ item }}" }, loop: ["{{ vault_password }}"], no_log: true }
    - { name: fails, fail: { msg: "{{ vault_password }}" }, no_log: true, ignore_errors: true }
    - { name: fails for good, fail: { msg: "{{ vault_password }}" }, no_log: true }`,
  'labels of loops, and values of resources': `
    - { name: loop, group: { name: "{{ item.name }}" }, loop: [{ name: x1, password: "{{ vault_password }}" }] }
    - { name: command, command: "echo {{ vault_password }}", check_mode: false }
    - { name: failing command, command: "false {{ vault_password }}", check_mode: false }`,
  'a template that cannot be rendered': `
    - { name: broken template, template: { src: broken.j2, dest: "@ETC@/template" } }`,
  'a validator that quotes the file': `
    - name: validated
      lineinfile: { path: "@ETC@/edited", line: "{{ vault_password }}", validate: "{{ playbook_dir }}/quote %s" }
      check_mode: false`,
  'an address with a password': `
    - { name: address, fail: { msg: "cannot reach https://bob:${CANARY}@git.example/x" } }`,
  'a syntax error, whose message quotes the file': `
    - copy: { content: "${CANARY}", dest: {{ vault_password }}
      ${CANARY}: [`,
  'arguments that do not exist': `
    - { name: wrong, copy: { content: "${CANARY}", no_such: "{{ vault_password }}", dest: "@ETC@/x" } }`,
};

describe('secrets', () => {
  let collector: Collector;
  let scratch: Scratch;

  beforeAll(async () => {
    collector = await Collector.start();
  });
  beforeEach(() => {
    collector.forget();
    scratch = new Scratch();
  });
  afterEach(() => scratch.remove());
  afterAll(() => collector.stop());

  describe.skipIf(missing(CHECK_TOOLS))('never reach the server', () => {
    it.each(Object.entries(LEAKS))('in %s', async (leak, tasks) => {
      const head = '- hosts: all\n  gather_facts: false\n  vars_files: [vault.yml]\n  tasks:';
      scratch.write('repo/check.yml', `${head}${tasks}\n`.replaceAll('@ETC@', scratch.etc));
      scratch.write('repo/vault.yml', `vault_password: ${CANARY}\n`);
      scratch.write('repo/quote', '#!/bin/sh\ncat "$1" >&2; exit 1\n', 0o755);
      scratch.write('repo/secret.j2', '{{ vault_password }}\n');
      scratch.write('repo/broken.j2', `${CANARY} {{ vault_password | }}\n`);
      writeFileSync(join(scratch.etc, 'edited'), `old ${CANARY}\n`);
      writeFileSync(join(scratch.etc, 'template'), `old ${CANARY}\n`);

      const run = await runReporter(scratch, {
        args: ['--', '-i', 'lab,', '-c', 'local'],
        env: {
          GITOPS_STATUS_SERVER_URL: collector.url,
          REPO_NAME: 'rsyslog',
          DRIFT_CHECK_PLAYBOOK: 'check.yml',
          SERVER_NAME: 'lab',
        },
      });

      expect(collector.reports).toHaveLength(1);
      expect(collector.reports[0]?.sync_status).not.toBe('SYNCED');
      expect(collector.received[0]?.body).not.toContain(CANARY);
      if (leak === 'contents') {
        expect(run.stdout + run.stderr, 'the log').not.toContain(CANARY);
        expect(collector.reports[0]?.files).toHaveLength(3);
        expect(collector.received[0]?.body).not.toMatch(/sha256|[0-9a-f]{32}/);
      }
    });
  });
});

describe.skipIf(missing(REPORTER_TOOLS))('the token', () => {
  let collector: Collector;
  let scratch: Scratch;

  beforeAll(async () => {
    collector = await Collector.start();
  });
  beforeEach(() => {
    collector.forget();
    scratch = new Scratch();
    cannedCheck(scratch, observations({ lab: CLEAN }));
  });
  afterEach(() => scratch.remove());
  afterAll(() => collector.stop());

  it.each([
    { how: 'as usual', args: [REPORTER] },
    { how: 'with every command traced', args: ['-x', REPORTER] },
  ])('is in a header, and nowhere else, $how', async ({ args }) => {
    scratch.write('home/.curlrc', 'verbose\ninclude\n');
    const run = await runReporter(scratch, {
      command: 'bash',
      args,
      env: {
        GITOPS_STATUS_SERVER_URL: collector.url.replace('//', `//bob:${CANARY}-url@`),
        GITOPS_STATUS_TOKEN: `${CANARY}"\\$x`,
        REPO_NAME: 'rsyslog',
      },
    });
    expect(run.exitCode).toBe(0);
    expect(collector.received[0]?.headers.authorization).toBe(`Bearer ${CANARY}"\\$x`);
    expect(run.stdout + run.stderr).not.toContain(`${CANARY}"`);
  });

  it('can come from a file', async () => {
    const file = scratch.write('token', `${CANARY}\n`);
    await runReporter(scratch, {
      env: { GITOPS_STATUS_SERVER_URL: collector.url, GITOPS_STATUS_TOKEN_FILE: file, REPO_NAME: 'rsyslog' },
    });
    expect(collector.received[0]?.headers.authorization).toBe(`Bearer ${CANARY}`);
  });

  it('is not in the environment of Ansible', async () => {
    scratch.stub(
      'ansible-playbook',
      `env >"$TMPDIR/ansible-seen"; cp "$TMPDIR/observed.jsonl" "$GITOPS_STATUS_FILE"`,
    );
    await runReporter(scratch, {
      env: { GITOPS_STATUS_SERVER_URL: collector.url, GITOPS_STATUS_TOKEN: CANARY, REPO_NAME: 'rsyslog' },
    });
    expect(collector.received[0]?.headers.authorization).toBe(`Bearer ${CANARY}`);
    expect(readFileSync(join(scratch.root, 'ansible-seen'), 'utf8')).not.toContain(CANARY);
  });
});

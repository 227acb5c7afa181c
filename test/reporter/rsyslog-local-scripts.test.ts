import { appendFileSync, cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXAMPLE, type Run, runReporter } from './reporter.ts';
import { Scratch } from './scratch.ts';
import { CHECK_TOOLS, missing } from './tools.ts';

const SECRET = 'password-of-somebody';

/** In a copy without the reporter, and without any server. */
describe.skipIf(missing(CHECK_TOOLS))('the local scripts of the rsyslog example', () => {
  let scratch: Scratch;

  beforeEach(() => {
    scratch = new Scratch();
    cpSync(EXAMPLE, scratch.repo, { recursive: true });
    rmSync(join(scratch.repo, 'update-gitops-status.sh'));
    appendFileSync(join(scratch.repo, 'files/rsyslog.conf'), `# ${SECRET}\n`);
  });
  afterEach(() => scratch.remove());

  const run = (name: string, args: readonly string[] = [], env: Record<string, string> = {}): Promise<Run> =>
    runReporter(scratch, {
      command: join(scratch.repo, name),
      args,
      env: { DEPLOY_ROOT: scratch.root, ...env },
    });

  it('deploy, and tell drift by the exit code', async () => {
    expect(await run('drift-check.sh')).toMatchObject({ exitCode: 2 });
    expect(await run('apply.sh')).toMatchObject({ exitCode: 0 });
    const synced = await run('drift-check.sh');
    expect(synced).toMatchObject({ exitCode: 0 });
    expect(synced.stderr).toContain('SYNCED: a deploy would change nothing on 1 hosts');
    rmSync(join(scratch.etc, 'rsyslog.d/30-lab.conf'));
    const drifted = await run('drift-check.sh');
    expect(drifted).toMatchObject({ exitCode: 2 });
    expect(drifted.stderr).toContain('OUT_OF_SYNC: a deploy would change 1 of 1 hosts');
  });

  it.each(['apply.sh', 'drift-check.sh'])('print the content of files only when asked: %s', async (name) => {
    expect((await run(name)).stdout).not.toContain(SECRET);
    rmSync(join(scratch.etc, 'rsyslog.conf'), { force: true });
    expect((await run(name, ['--diff'])).stdout).toContain(SECRET);
  });

  it('do not take other output of a user, or colours, for a verdict', async () => {
    await run('apply.sh');
    rmSync(join(scratch.etc, 'rsyslog.conf'));
    const env = { ANSIBLE_STDOUT_CALLBACK: 'oneline', ANSIBLE_FORCE_COLOR: '1' };
    expect(await run('drift-check.sh', [], env)).toMatchObject({ exitCode: 2 });
  });

  const apply = (change: (scratch: Scratch) => void) => change;
  it.each([
    ['no host is left', apply(() => {}), ['--limit', 'nobody']],
    ['a task fails', apply(({ root }) => rmSync(join(root, 'repo/files/rsyslog.conf'))), []],
    [
      'a failed task is ignored',
      apply((to) => void to.write('repo/ansible/playbooks/apply.yml', IGNORED)),
      [],
    ],
    [
      'the plays name no host',
      apply((to) => void to.write('repo/ansible/playbooks/drift-check.yml', '- hosts: nobody\n')),
      [],
    ],
    ['nothing is run', apply((to) => void to.write('repo/ansible/playbooks/drift-check.yml', '[]\n')), []],
    [
      'a host is lost',
      apply(
        (to) =>
          void to.write(
            'repo/ansible/inventory/hosts.yml',
            'rsyslog: { hosts: { rsyslog-lab: { ansible_host: 127.0.0.1, ansible_port: 1 } } }\n',
          ),
      ),
      [],
    ],
  ])('do not report success if %s', async (_, change, args) => {
    await run('apply.sh');
    change(scratch);
    expect(await run('drift-check.sh', args)).toMatchObject({ exitCode: 1 });
  });
});

const IGNORED = `
- hosts: rsyslog
  gather_facts: false
  tasks:
    - ansible.builtin.fail: { msg: broken }
      ignore_errors: true
`;

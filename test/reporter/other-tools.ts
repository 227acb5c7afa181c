import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Scratch } from './scratch.ts';
import type { Tool } from './tools.ts';

const FIXTURES = fileURLToPath(new URL('sources/fixtures', import.meta.url));

/** What a tool finds: `endless` begins, says so, and would go on for long. */
type Finds = 'nothing' | 'drift' | 'trouble' | 'endless';

/** A source other than Ansible, run with a replacement for its tool. */
export type OtherTool = {
  readonly source: string;
  readonly needs?: readonly Tool[];
  readonly args: readonly string[];
  readonly server: string;
  readonly check: string;
  readonly tool: string;
  readonly drifted: readonly object[];
  readonly trouble: string;
  readonly put: (scratch: Scratch, finds: Finds) => void;
};

/** Notes what it sees of the environment, and when it is asked to end. */
const BEGIN = 'env >"$TMPDIR/seen"';
const ENDLESS = `trap 'touch "$TMPDIR/check-ended"; exit 143' TERM
echo the check runs >&2
sleep 60 & wait`;

export const OTHER_TOOLS: readonly OtherTool[] = [
  {
    source: 'terraform',
    args: ['--chdir', 'infra', '--', '-lock-timeout=5m'],
    server: 'infra',
    check: 'terraform infra',
    tool: 'terraform',
    drifted: [{ name: 'lab_file.motd', origin: 'host' }],
    trouble: 'plan_failed',
    put: putTerraform,
  },
  {
    source: 'puppet',
    needs: ['PyYAML'],
    args: ['--', 'apply', 'site.pp'],
    server: 'node.example',
    check: 'puppet site.pp',
    tool: 'puppet',
    drifted: [{ name: 'motd', path: '/etc/motd' }],
    trouble: 'no_report',
    put: putPuppet,
  },
  {
    source: 'salt',
    args: ['--', 'lab'],
    server: 'minion-1',
    check: 'salt lab',
    tool: 'salt',
    drifted: [{ name: '/srv/lab/out/motd' }],
    trouble: 'not_applied',
    put: putSalt,
  },
  {
    source: 'command',
    args: ['--in-sync', '0', '--drift', '2', '--names', 'drifted.txt', '--', './check.sh', 'all'],
    server: hostname(),
    check: 'command check.sh',
    tool: 'check.sh',
    drifted: [{ name: 'one' }, { name: 'two \\u0085' }, { name: 'two \\x85' }],
    trouble: 'exit_code',
    put: putCommand,
  },
];

function putTerraform(scratch: Scratch, finds: Finds): void {
  const sample = finds === 'drift' ? '02-full-content-drift' : '01-full-in-sync';
  const exitCode = { nothing: 0, drift: 2, trouble: 1, endless: 0 }[finds];
  scratch.write('repo/infra/main.tf', '');
  scratch.stub(
    'terraform',
    `if [ "$1" = show ]; then
  exec sed 's/"timestamp": *"[^"]*"/"timestamp":"'"$(cat "$TMPDIR/made")"'"/' '${FIXTURES}/terraform/${sample}.json'
fi
${BEGIN}
echo 'what the plan prints may be secret'
date -u +%Y-%m-%dT%H:%M:%SZ >"$TMPDIR/made"
${finds === 'endless' ? ENDLESS : ''}
exit ${exitCode}`,
  );
}

function putPuppet(scratch: Scratch, finds: Finds): void {
  scratch.write('repo/site.pp', '');
  const drifted = finds === 'drift';
  scratch.write(
    'report.yaml',
    `--- !ruby/object:Puppet::Transaction::Report
host: node.example
report_format: 12
noop: true
noop_pending: ${drifted}
cached_catalog_status: not_used
transaction_completed: true
status: unchanged
resource_statuses:
  File[/etc/motd]: !ruby/object:Puppet::Resource::Status
    { resource_type: File, title: /etc/motd, out_of_sync: ${drifted}, skipped: false, failed: false, changed: false }
`,
  );
  scratch.stub(
    'puppet',
    `if [ "$1" = config ]; then echo node.example; exit; fi
${BEGIN}
${finds === 'endless' ? ENDLESS : ''}
${finds === 'trouble' ? 'exit 1' : ''}
for word; do case $word in --lastrunreport=*) report=\${word#*=} ;; esac; done
{ cat "$TMPDIR/report.yaml"; date -u +"time: '%Y-%m-%dT%H:%M:%S.%N+00:00'"; } >"$report"`,
  );
}

/** The single command of the samples: it has no condition, so it is no drift that it was not run. */
const SALT_COMMANDS = '{"local": [{"state": "cmd", "__id__": "run", "name": "echo hi", "fun": "run"}]}';

function putSalt(scratch: Scratch, finds: Finds): void {
  const sample = { nothing: 'test_sync', drift: 'test_drift', trouble: 'test_broken', endless: 'test_sync' };
  scratch.stub(
    'salt-call',
    `case "$*" in *grains.get*) echo '{"local": "minion-1"}'; exit ;; esac
${BEGIN}
${finds === 'endless' ? ENDLESS : ''}
case "$*" in *state.apply*) cat '${FIXTURES}/salt/${sample[finds]}.json' ;; *) echo '${SALT_COMMANDS}' ;; esac`,
  );
}

function putCommand(scratch: Scratch, finds: Finds): void {
  const exitCode = { nothing: 0, drift: 2, trouble: 3, endless: 0 }[finds];
  const script = `#!/usr/bin/env bash
${BEGIN}
echo what the command prints
${finds === 'endless' ? ENDLESS : ''}
${finds === 'drift' ? "printf 'one\\ntwo \\302\\205\\ntwo \\205\\n' >drifted.txt" : ''}
exit ${exitCode}
`;
  scratch.write('repo/check.sh', script, 0o755);
}

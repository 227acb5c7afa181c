/** What the simulated fleet consists of: names a newcomer knows from real servers. */

export interface Repo {
  readonly name: string;
  readonly files: readonly [string, ...string[]];
}

export const REPOS: readonly [Repo, ...Repo[]] = [
  {
    name: 'rsyslog',
    files: ['rsyslog.conf', 'rsyslog.d/30-lab.conf', 'rsyslog.d/50-default.conf', 'logrotate.d/rsyslog'],
  },
  {
    name: 'nginx',
    files: ['nginx/nginx.conf', 'nginx/conf.d/tls.conf', 'nginx/sites-enabled/app.conf'],
  },
  {
    name: 'haproxy',
    files: ['haproxy/haproxy.cfg', 'haproxy/errors/503.http', 'haproxy/maps/hosts.map'],
  },
  {
    name: 'postgres',
    files: [
      'postgresql/17/main/postgresql.conf',
      'postgresql/17/main/pg_hba.conf',
      'postgresql/17/main/conf.d/10-memory.conf',
    ],
  },
  {
    name: 'chrony',
    files: ['chrony/chrony.conf', 'chrony/sources.d/internal.sources'],
  },
  {
    name: 'sshd',
    files: ['ssh/sshd_config', 'ssh/sshd_config.d/50-hardening.conf', 'ssh/ssh_known_hosts'],
  },
];

/** Why a check could not tell the state, in the words of the reporter. */
export interface CheckError {
  readonly error: string;
  readonly errorKind: string;
}

export function checkErrors(server: string): readonly [CheckError, ...CheckError[]] {
  return [
    {
      error: `Failed to connect to the host via ssh: connect to host ${server} port 22: Connection timed out`,
      errorKind: 'unreachable',
    },
    {
      error: "Render the configuration: AnsibleUndefinedVariable: 'log_host' is undefined",
      errorKind: 'task_failed',
    },
    { error: 'The check did not end within 300 s', errorKind: 'timeout' },
  ];
}

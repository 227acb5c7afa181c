import { execFileSync } from 'node:child_process';

/** The tools of the reporter, and those that a test needs as well. */
export type Tool =
  | 'bash'
  | 'python3'
  | 'ansible-playbook'
  | 'shellcheck'
  | 'git'
  | 'PyYAML'
  | 'curl'
  | 'prometheus-pushgateway'
  | 'openssl'
  | 'ssh-keygen'
  | 'check-jsonschema';

const PROBES: Readonly<Record<Tool, readonly [string, ...string[]]>> = {
  bash: ['bash', '--version'],
  python3: ['python3', '--version'],
  'ansible-playbook': ['ansible-playbook', '--version'],
  PyYAML: ['python3', '-c', 'import yaml; print(yaml.__version__)'],
  git: ['git', '--version'],
  shellcheck: ['shellcheck', '--version'],
  curl: ['curl', '--version'],
  openssl: ['openssl', 'version'],
  'ssh-keygen': ['sh', '-c', 'command -v ssh-keygen'],
  'prometheus-pushgateway': ['sh', '-c', 'command -v prometheus-pushgateway'],
  'check-jsonschema': ['check-jsonschema', '--version'],
};

export const REPORTER_TOOLS: readonly Tool[] = ['bash', 'python3'];
export const CHECK_TOOLS: readonly Tool[] = [...REPORTER_TOOLS, 'ansible-playbook'];

/** True if one of the tools is missing; it says so, so that nobody takes a skipped test for a passed one. */
export function missing(tools: readonly Tool[]): boolean {
  const absent = tools.filter((tool) => !isThere(tool));
  if (absent.length > 0) {
    console.warn(`skipped: not installed here: ${absent.join(', ')}`);
  }
  return absent.length > 0;
}

function isThere(tool: Tool): boolean {
  const [command, ...args] = PROBES[tool];
  try {
    const output = execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return output.trim() !== '' && output.trim() !== '{}';
  } catch {
    return false;
  }
}

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const TESTS = fileURLToPath(new URL('sources', import.meta.url));

/** The sources are Python, so their tests are too: this runs them, and shows what they say where one fails. */
function runTests(pattern: string) {
  const { status, stderr } = spawnSync('python3', ['-m', 'unittest', 'discover', '-p', pattern], {
    cwd: TESTS,
    encoding: 'utf8',
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
  });
  return { failed: status !== 0, told: stderr };
}

describe('the sources beside Ansible', () => {
  it('hold their rules: Terraform and OpenTofu, Puppet, Salt, any command', () => {
    const { failed, told } = runTests('test_*.py');
    expect(failed, told).toBe(false);
    expect(told).toMatch(/Ran \d{2,} tests/);
  });
});

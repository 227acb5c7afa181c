import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { atFullLength } from '../full-length.ts';

const TESTS = fileURLToPath(new URL('sources', import.meta.url));

/** At full length, real tools also run: Terraform or OpenTofu, Puppet, Salt. */
const PATTERNS = atFullLength(['test_*.py', 'real_*.py'], { otherwise: ['test_*.py'] });

/** The sources are Python, and so are their tests: this runs them, and shows their output if one fails. */
function runTests(pattern: string) {
  const { status, stderr } = spawnSync('python3', ['-m', 'unittest', 'discover', '-v', '-p', pattern], {
    cwd: TESTS,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
  });
  const skipped = stderr.split('\n').filter((line) => line.includes(' ... skipped '));
  return { failed: status !== 0, told: stderr, skipped };
}

describe('the sources other than Ansible: Terraform and OpenTofu, Puppet, Salt, any command', () => {
  it.each(PATTERNS)('follow their rules: %s', (pattern) => {
    const { failed, told, skipped } = runTests(pattern);
    if (skipped.length > 0) console.warn(skipped.join('\n'));
    expect(failed, told).toBe(false);
    expect(told).toMatch(/Ran \d{2,} tests/);
  });
});

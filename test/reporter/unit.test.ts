import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { missing } from './tools.ts';

const REPORTER = fileURLToPath(new URL('../../reporter', import.meta.url));
const UNIT = fileURLToPath(new URL('unit', import.meta.url));

const python = (...args: readonly string[]) =>
  execFileSync('python3', args, {
    env: { ...process.env, PYTHONPATH: REPORTER, PYTHONDONTWRITEBYTECODE: '1' },
    encoding: 'utf8',
    stdio: 'pipe',
  });

describe.skipIf(missing(['python3']))('the modules of the reporter', () => {
  it('follow their rules, one by one', () => {
    expect(() => python('-m', 'unittest', 'discover', '-s', UNIT)).not.toThrow();
  });

  it('make exactly the two files that people copy', () => {
    expect(() => python(`${REPORTER}/build.py`, '--check')).not.toThrow();
  });
});

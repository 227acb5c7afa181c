import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { missing } from './tools.ts';

const HERE = fileURLToPath(new URL('../../reporter', import.meta.url));
const SCRIPTS = readdirSync(HERE, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.sh'),
);

describe.skipIf(missing(['shellcheck']))('every script of the reporter', () => {
  it.each(SCRIPTS)('passes shellcheck: %s', (name) => {
    expect(() => execFileSync('shellcheck', [join(HERE, name)], { stdio: 'pipe' })).not.toThrow();
  });
});
